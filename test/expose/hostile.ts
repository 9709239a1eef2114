import fc from 'fast-check';
import {
  counter,
  type GivenHistogram,
  gauge,
  histogram,
  resourceMetrics,
  scope,
  upDownCounter,
} from './metrics.ts';

/** Characters with a meaning in the format come often, so that they meet. */
export const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\\',
      '"',
      '\n',
      'n',
      '\r',
      ';',
      ',',
      '=',
      '{',
      '}',
      '#',
      ' ',
      '\0',
      '_',
      '.',
      '\u2028',
      '\ud800',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});
const hostileKey = fc.oneof(fc.constantFrom('le', 'quantile', '__name__', 'otel.scope.name', '1'), hostile);
const hostileValue = fc.oneof(
  { weight: 3, arbitrary: hostile },
  fc.double(),
  fc.boolean(),
  fc.array(hostile, { maxLength: 3 }),
  fc.constant(null),
);
const attributes = fc.dictionary(hostileKey, hostileValue, { maxKeys: 4 });
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -0, 5e-324, 1.7e308));
const boundaries = fc
  .uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    maxLength: 5,
    comparator: 'IsStrictlyEqual',
  })
  .map((bounds) => bounds.map((bound) => bound + 0).sort((a, b) => a - b));
const buckets: fc.Arbitrary<GivenHistogram> = boundaries.chain((bounds) =>
  fc.record({
    boundaries: fc.constant(bounds),
    counts: fc.array(fc.nat(), { minLength: bounds.length + 1, maxLength: bounds.length + 1 }),
    sum: number,
  }),
);
const head = fc.record({
  name: fc.oneof(fc.constantFrom('a', 'a.count', 'a_bucket', 'target.info', 'a.total'), hostile),
  unit: fc.oneof(fc.constantFrom('s', 'By', '1', 'By/s', '{x}'), hostile),
  help: hostile,
});
const points = <Value>(value: fc.Arbitrary<Value>) => fc.array(fc.tuple(attributes, value), { maxLength: 4 });
const metric = fc.oneof(
  fc.tuple(head, points(number)).map(([given, list]) => counter(given, ...list)),
  fc.tuple(head, points(number)).map(([given, list]) => upDownCounter(given, ...list)),
  fc.tuple(head, points(number)).map(([given, list]) => gauge(given, ...list)),
  fc.tuple(head, points(buckets)).map(([given, list]) => histogram(given, ...list)),
);
export const scrape = fc
  .tuple(attributes, fc.array(fc.tuple(hostile, fc.array(metric, { maxLength: 4 })), { maxLength: 3 }))
  .map(([resource, scopes]) =>
    resourceMetrics(resource, ...scopes.map(([name, list]) => scope(name, ...list))),
  );
