import { type Attributes, type AttributeValue, type HrTime, ValueType } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type ExponentialHistogram,
  type Histogram,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import type { Exemplar, PointWithExemplars } from '../../../../src/model/exemplars.ts';

/** Everything that the metrics data model has and the SDK's types allow, for what writes OTLP. */

/** JSON knows no -0. */
const double = fc.double().map((value) => value + 0);
const count = fc.oneof(fc.nat(300), fc.maxSafeNat());
const text = fc.string({ unit: 'binary', maxLength: 200, size: 'max' });
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    double,
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 62, -(2 ** 63), 2 ** 63, 1e300, null),
    fc.boolean(),
    fc.uint8Array({ maxLength: 9 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value as fc.Arbitrary<AttributeValue>;
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(text, value, {
  maxKeys: 4,
  noNullPrototype: true,
});
const time: fc.Arbitrary<HrTime> = fc.tuple(
  fc.nat(2 ** 31 - 1).map((s) => 4 * s),
  fc.nat(999_999_999),
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const histogram: fc.Arbitrary<Histogram> = fc.array(double, { maxLength: 20 }).chain((boundaries) =>
  fc
    .record({
      counts: fc.array(count, { minLength: boundaries.length + 1, maxLength: boundaries.length + 1 }),
      count,
      sum: optional(double),
      min: optional(double),
      max: optional(double),
    })
    .map(({ counts, sum, min, max, ...rest }) => ({
      ...rest,
      buckets: { boundaries, counts },
      ...(sum !== undefined && { sum }),
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    })),
);
const buckets = fc.record({
  offset: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  bucketCounts: fc.array(count, { maxLength: 30 }),
});
const exponential: fc.Arbitrary<ExponentialHistogram> = fc
  .tuple(histogram, fc.integer({ min: -10, max: 20 }), count, buckets, buckets)
  .map(([{ buckets: _, ...totals }, scale, zeroCount, positive, negative]) => ({
    ...totals,
    scale,
    zeroCount,
    positive,
    negative,
  }));

const id = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((digits) => Buffer.from(digits).toString('hex'));
const span = fc.oneof(fc.constant({}), fc.record({ traceId: id(16), spanId: id(8) }));
const exemplars = (number: fc.Arbitrary<number>): fc.Arbitrary<Exemplar[]> =>
  fc.array(
    fc
      .tuple(fc.record({ value: number, timestamp: time, filteredAttributes: attributes }), span)
      .map(([exemplar, ids]) => ({ ...exemplar, ...ids })),
    { maxLength: 3 },
  );

/** @param number of the exemplars */
const points = <T>(
  of: fc.Arbitrary<T>,
  number: fc.Arbitrary<number>,
): fc.Arbitrary<PointWithExemplars<T>[]> =>
  fc.array(
    fc
      .tuple(
        fc.record({ startTime: time, endTime: time, attributes, value: of }),
        optional(exemplars(number)),
      )
      .map(([point, kept]) => ({ ...point, ...(kept !== undefined && { exemplars: kept }) })),
    { maxLength: 3 },
  );

const temporality = fc.constantFrom(AggregationTemporality.DELTA, AggregationTemporality.CUMULATIVE);
const metric = fc
  .constantFrom([ValueType.INT, fc.maxSafeInteger()] as const, [ValueType.DOUBLE, double] as const)
  .chain(([valueType, number]) => {
    const head = {
      descriptor: fc.record({ name: text, description: text, unit: text, valueType: fc.constant(valueType) }),
      aggregationTemporality: temporality,
    };
    return fc.oneof(
      fc.record({
        ...head,
        dataPointType: fc.constant(DataPointType.GAUGE as const),
        dataPoints: points(number, number),
      }),
      fc.record({
        ...head,
        dataPointType: fc.constant(DataPointType.SUM as const),
        isMonotonic: fc.boolean(),
        dataPoints: points(number, number),
      }),
      fc.record({
        ...head,
        dataPointType: fc.constant(DataPointType.HISTOGRAM as const),
        dataPoints: points(histogram, number),
      }),
      fc.record({
        ...head,
        dataPointType: fc.constant(DataPointType.EXPONENTIAL_HISTOGRAM as const),
        dataPoints: points(exponential, number),
      }),
    );
  });

export const otlpMetrics: fc.Arbitrary<ResourceMetrics> = fc
  .record({
    attributes,
    schemaUrl: text,
    scopeMetrics: fc.array(
      fc.record({
        scope: fc.record({ name: text, version: text, schemaUrl: text, attributes }),
        metrics: fc.array(metric, { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ attributes: own, schemaUrl, scopeMetrics }) => ({
    resource: resourceFromAttributes(own, { schemaUrl }),
    scopeMetrics,
  }));
