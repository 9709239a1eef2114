import type { ExponentialHistogram } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Exemplar } from '../../../../src/model/exemplars.ts';
import { ESCAPINGS } from '../../../../src/naming/escaping.ts';
import type { TranslationStrategy } from '../../../../src/naming/naming.ts';
import {
  counter,
  exponentialHistogram,
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
/** As recorders give them: from a bucket in use to a bucket in use. */
const run = fc
  .tuple(fc.integer({ min: -5000, max: 5000 }), fc.array(fc.nat(1000), { maxLength: 20 }))
  .map(([offset, counts]) => {
    const first = counts.findIndex((count) => count > 0);
    const last = counts.findLastIndex((count) => count > 0);
    if (first === -1) return { offset: 0, bucketCounts: [] };
    return { offset: offset + first, bucketCounts: counts.slice(first, last + 1) };
  });
const none = fc.record({ offset: fc.constant(0), bucketCounts: fc.constant<number[]>([]) });
export const exponential: fc.Arbitrary<ExponentialHistogram> = fc
  .record({
    scale: fc.integer({ min: -10, max: 20 }),
    zeroCount: fc.nat(100),
    positive: run,
    negative: fc.boolean().chain((isThere) => (isThere ? run : none)),
    sum: fc.option(number, { nil: undefined }),
  })
  .map(({ sum, ...point }) => ({
    ...point,
    ...(sum !== undefined && { sum }),
    count: [...point.positive.bucketCounts, ...point.negative.bucketCounts].reduce(
      (a, b) => a + b,
      point.zeroCount,
    ),
  }));
const hexadecimal = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const exemplars: fc.Arbitrary<Exemplar[]> = fc.array(
  fc
    .record({
      value: fc.double({ noNaN: true }),
      timestamp: fc.tuple(fc.nat(2 ** 31), fc.nat(999_999_999)),
      ids: fc.option(fc.record({ traceId: hexadecimal(32), spanId: hexadecimal(16) }), { nil: undefined }),
      filteredAttributes: attributes,
    })
    .map(({ ids, ...rest }) => ({ ...rest, ...ids })),
  { minLength: 1, maxLength: 4 },
);

const head = fc.record({
  name: fc.oneof(
    fc.constantFrom('a', 'a.count', 'a_bucket', 'target.info', 'a.total', 'a.created', 'target', 'a.s'),
    hostile,
  ),
  unit: fc.oneof(fc.constantFrom('s', 'By', '1', 'By/s', '{x}'), hostile),
  help: hostile,
});
const points = <Value>(value: fc.Arbitrary<Value>) =>
  fc.array(fc.tuple(attributes, value, fc.option(exemplars, { nil: undefined })), { maxLength: 4 });
const metric = fc.oneof(
  fc.tuple(head, points(number)).map(([given, list]) => counter(given, ...list)),
  fc.tuple(head, points(fc.nat())).map(([given, list]) => counter(given, ...list)),
  fc.tuple(head, points(number)).map(([given, list]) => upDownCounter(given, ...list)),
  fc.tuple(head, points(number)).map(([given, list]) => gauge(given, ...list)),
  fc.tuple(head, points(buckets)).map(([given, list]) => histogram(given, ...list)),
  fc.tuple(head, points(exponential)).map(([given, list]) => exponentialHistogram(given, ...list)),
);
export const scrape = fc
  .tuple(attributes, fc.array(fc.tuple(hostile, fc.array(metric, { maxLength: 4 })), { maxLength: 3 }))
  .map(([resource, scopes]) =>
    resourceMetrics(resource, ...scopes.map(([name, list]) => scope(name, ...list))),
  );

/** The translations of names. */
export const naming = fc.record({
  strategy: fc.constantFrom<TranslationStrategy>(
    'UnderscoreEscapingWithSuffixes',
    'UnderscoreEscapingWithoutSuffixes',
    'NoUTF8EscapingWithSuffixes',
    'NoTranslation',
  ),
  escaping: fc.constantFrom(...ESCAPINGS),
});
