/*
 * The messages of OTLP as protobufjs gives them: a oneof is a property with the name of the member that is
 * set, 64-bit integers are decimal strings, enumerations are numbers.
 */
export interface RawRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly RawKeyValue[] } | null;
    readonly scopeMetrics: readonly {
      readonly scope: {
        readonly name: string;
        readonly version: string;
        readonly attributes: readonly RawKeyValue[];
      } | null;
      readonly metrics: readonly RawMetric[];
    }[];
  }[];
}

export type RawMetric = { readonly name: string; readonly description: string; readonly unit: string } & (
  | { readonly data: 'gauge'; readonly gauge: { readonly dataPoints: readonly RawNumberPoint[] } }
  | {
      readonly data: 'sum';
      readonly sum: {
        readonly dataPoints: readonly RawNumberPoint[];
        readonly aggregationTemporality: number;
        readonly isMonotonic: boolean;
      };
    }
  | {
      readonly data: 'histogram';
      readonly histogram: {
        readonly dataPoints: readonly RawHistogramPoint[];
        readonly aggregationTemporality: number;
      };
    }
  | {
      readonly data: 'exponentialHistogram';
      readonly exponentialHistogram: {
        readonly dataPoints: readonly RawExponentialPoint[];
        readonly aggregationTemporality: number;
      };
    }
  | { readonly data: 'summary' | undefined }
);

export interface RawPoint {
  readonly attributes: readonly RawKeyValue[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly exemplars: readonly RawExemplar[];
  readonly flags: number;
}

export interface RawExemplar {
  readonly filteredAttributes: readonly RawKeyValue[];
  readonly timeUnixNano: string;
  readonly value: 'asInt' | 'asDouble' | undefined;
  readonly asInt?: string;
  readonly asDouble?: number;
  /** Empty outside a span. */
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
}

export type RawNumberPoint = RawPoint &
  (
    | { readonly value: 'asInt'; readonly asInt: string }
    | { readonly value: 'asDouble'; readonly asDouble: number }
  );

interface RawDistributionPoint extends RawPoint {
  readonly count: string;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

export interface RawHistogramPoint extends RawDistributionPoint {
  readonly explicitBounds: readonly number[];
  readonly bucketCounts: readonly string[];
}

export interface RawExponentialPoint extends RawDistributionPoint {
  readonly scale: number;
  readonly zeroCount: string;
  readonly zeroThreshold: number;
  readonly positive: RawBuckets | null;
  readonly negative: RawBuckets | null;
}

export interface RawBuckets {
  readonly offset: number;
  readonly bucketCounts: readonly string[];
}

export interface RawKeyValue {
  readonly key: string;
  readonly value: RawAnyValue | null;
}

export type RawAnyValue =
  | { readonly value: 'stringValue'; readonly stringValue: string }
  | { readonly value: 'boolValue'; readonly boolValue: boolean }
  | { readonly value: 'intValue'; readonly intValue: string }
  | { readonly value: 'doubleValue'; readonly doubleValue: number }
  | { readonly value: 'arrayValue'; readonly arrayValue: { readonly values: readonly RawAnyValue[] } }
  | { readonly value: 'kvlistValue'; readonly kvlistValue: { readonly values: readonly RawKeyValue[] } }
  | { readonly value: 'bytesValue' | undefined };
