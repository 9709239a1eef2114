import { OTLP_MESSAGES } from './otlp-fields.ts';
import type {
  RawAnyValue,
  RawBuckets,
  RawExemplar,
  RawExponentialPoint,
  RawHistogramPoint,
  RawKeyValue,
  RawMetric,
  RawNumberPoint,
  RawPoint,
  RawRequest,
} from './otlp-messages.ts';
import { protobufTypes } from './protobuf-messages.ts';

export type OtlpAttribute = string | number | boolean | null | readonly OtlpAttribute[] | OtlpAttributes;
export interface OtlpAttributes {
  readonly [key: string]: OtlpAttribute;
}

export interface OtlpHistogram {
  readonly count: number;
  readonly sum: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly bounds: readonly number[];
  /** One count a bucket, not cumulative, one more than there are bounds. */
  readonly buckets: readonly number[];
}

export interface OtlpExponentialHistogram extends Omit<OtlpHistogram, 'bounds' | 'buckets'> {
  readonly scale: number;
  readonly zeroCount: number;
  readonly zeroThreshold: number;
  readonly positive: OtlpBuckets;
  readonly negative: OtlpBuckets;
}

export interface OtlpBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export interface OtlpPoint {
  readonly attributes: OtlpAttributes;
  /** Nanoseconds since the epoch. */
  readonly startTime: bigint;
  readonly time: bigint;
  readonly value: number | OtlpHistogram | OtlpExponentialHistogram;
  readonly exemplars: readonly OtlpExemplar[];
}

export interface OtlpExemplar {
  readonly value: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** In hexadecimal, empty outside a span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly filteredAttributes: OtlpAttributes;
}

/** One metric of a request, with the resource and the scope it came under. */
export interface OtlpMetric {
  readonly resource: OtlpAttributes;
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: OtlpAttributes };
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'sum' | 'histogram' | 'exponentialHistogram';
  /** Undefined for a gauge. */
  readonly temporality: 'delta' | 'cumulative' | undefined;
  /** Undefined for all but sums. */
  readonly monotonic: boolean | undefined;
  readonly points: readonly OtlpPoint[];
}

export type OtlpEncoding = 'protobuf' | 'json';

const requestType = protobufTypes(OTLP_MESSAGES).lookupType('ExportMetricsServiceRequest');

/** An `ExportMetricsServiceRequest` with all its fields. Throws on a body that is not one. */
export function decodeOtlpRequest(body: Buffer, encoding: OtlpEncoding): RawRequest {
  const message =
    encoding === 'json'
      ? requestType.fromObject(JSON.parse(body.toString('utf8'), idFromHexadecimal))
      : requestType.decode(body);
  return requestType.toObject(message, { longs: String, defaults: true, oneofs: true }) as RawRequest;
}

/** The points of a metric of any kind but a summary. */
export function rawPointsOf(metric: RawMetric): readonly RawPoint[] {
  switch (metric.data) {
    case 'gauge':
      return metric.gauge.dataPoints;
    case 'sum':
      return metric.sum.dataPoints;
    case 'histogram':
      return metric.histogram.dataPoints;
    case 'exponentialHistogram':
      return metric.exponentialHistogram.dataPoints;
    default:
      throw new Error(`${metric.name}: cannot read data of the kind ${metric.data}`);
  }
}

/** OTLP/JSON has ids in hexadecimal; the JSON that protobufjs reads has bytes in Base64. */
function idFromHexadecimal(key: string, value: unknown): unknown {
  const isId = (key === 'traceId' || key === 'spanId') && typeof value === 'string';
  return isId ? Buffer.from(value, 'hex').toString('base64') : value;
}

/**
 * The metrics of an `ExportMetricsServiceRequest`. Throws on a body that is not one, and on summaries,
 * which no OpenTelemetry instrument makes.
 */
export function decodeOtlpMetrics(body: Buffer, encoding: OtlpEncoding): readonly OtlpMetric[] {
  return decodeOtlpRequest(body, encoding).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({
        resource: attributesOf(resource?.attributes ?? []),
        scope: {
          name: scope?.name ?? '',
          version: scope?.version ?? '',
          attributes: attributesOf(scope?.attributes ?? []),
        },
        name: metric.name,
        description: metric.description,
        unit: metric.unit,
        ...dataOf(metric),
      })),
    ),
  );
}

function dataOf(metric: RawMetric): Pick<OtlpMetric, 'kind' | 'temporality' | 'monotonic' | 'points'> {
  switch (metric.data) {
    case 'gauge': {
      const points = metric.gauge.dataPoints.map(numberPoint);
      return { kind: 'gauge', temporality: undefined, monotonic: undefined, points };
    }
    case 'sum': {
      const { aggregationTemporality, isMonotonic, dataPoints } = metric.sum;
      const temporality = temporalityOf(aggregationTemporality);
      return { kind: 'sum', temporality, monotonic: isMonotonic, points: dataPoints.map(numberPoint) };
    }
    case 'histogram': {
      const { aggregationTemporality, dataPoints } = metric.histogram;
      const temporality = temporalityOf(aggregationTemporality);
      return { kind: 'histogram', temporality, monotonic: undefined, points: dataPoints.map(histogramPoint) };
    }
    case 'exponentialHistogram': {
      const { aggregationTemporality, dataPoints } = metric.exponentialHistogram;
      const temporality = temporalityOf(aggregationTemporality);
      const points = dataPoints.map(exponentialPoint);
      return { kind: 'exponentialHistogram', temporality, monotonic: undefined, points };
    }
    default:
      throw new Error(`${metric.name}: cannot read data of the kind ${metric.data}`);
  }
}

function temporalityOf(value: number): 'delta' | 'cumulative' {
  if (value === 1) return 'delta';
  if (value === 2) return 'cumulative';
  throw new Error(`${value} is no aggregation temporality`);
}

function numberPoint(point: RawNumberPoint): OtlpPoint {
  return { ...pointOf(point), value: point.value === 'asInt' ? Number(point.asInt) : point.asDouble };
}

function histogramPoint(point: RawHistogramPoint): OtlpPoint {
  const { sum, min, max, explicitBounds: bounds } = point;
  return {
    ...pointOf(point),
    value: { count: Number(point.count), sum, min, max, bounds, buckets: point.bucketCounts.map(Number) },
  };
}

function exponentialPoint(point: RawExponentialPoint): OtlpPoint {
  const { sum, min, max, scale, zeroThreshold } = point;
  const [count, zeroCount] = [Number(point.count), Number(point.zeroCount)];
  const [positive, negative] = [bucketsOf(point.positive), bucketsOf(point.negative)];
  return {
    ...pointOf(point),
    value: { count, sum, min, max, scale, zeroCount, zeroThreshold, positive, negative },
  };
}

function bucketsOf(buckets: RawBuckets | null): OtlpBuckets {
  return { offset: buckets?.offset ?? 0, counts: buckets?.bucketCounts.map(Number) ?? [] };
}

function pointOf(point: RawPoint): Omit<OtlpPoint, 'value'> {
  return {
    attributes: attributesOf(point.attributes),
    startTime: BigInt(point.startTimeUnixNano),
    time: BigInt(point.timeUnixNano),
    exemplars: point.exemplars.map(exemplarOf),
  };
}

function exemplarOf(exemplar: RawExemplar): OtlpExemplar {
  const { asInt, asDouble, timeUnixNano, traceId, spanId, filteredAttributes } = exemplar;
  return {
    value: exemplar.value === 'asInt' ? Number(asInt) : (asDouble ?? 0),
    time: BigInt(timeUnixNano),
    traceId: Buffer.from(traceId).toString('hex'),
    spanId: Buffer.from(spanId).toString('hex'),
    filteredAttributes: attributesOf(filteredAttributes),
  };
}

function attributesOf(list: readonly RawKeyValue[]): OtlpAttributes {
  return Object.fromEntries(list.map(({ key, value }) => [key, attributeOf(value)]));
}

function attributeOf(value: RawAnyValue | null): OtlpAttribute {
  switch (value?.value) {
    case 'stringValue':
      return value.stringValue;
    case 'boolValue':
      return value.boolValue;
    case 'intValue':
      return Number(value.intValue);
    case 'doubleValue':
      return value.doubleValue;
    case 'arrayValue':
      return value.arrayValue.values.map(attributeOf);
    case 'kvlistValue':
      return attributesOf(value.kvlistValue.values);
    case undefined:
      return null;
    default:
      throw new Error(`cannot read an attribute of the kind ${value?.value}`);
  }
}
