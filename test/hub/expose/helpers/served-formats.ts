import { buffer } from 'node:stream/consumers';
import { respond } from '../../http/helpers/served.ts';
import { decode } from './protobuf-decoding.ts';
import type { ParsedFamily } from './sample-lines.ts';
import { parseOpenMetrics } from './strict-openmetrics.ts';
import { parseOpenMetrics2 } from './strict-openmetrics2.ts';
import { parse } from './strict-parser.ts';

/** The content of a scrape, in any format. */
export interface Served {
  readonly families: readonly ServedFamily[];
}

export interface ServedFamily {
  /** Without the `_total` that OpenMetrics adds to the samples. */
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
  /** As Prometheus stores them. */
  readonly samples: readonly ServedSample[];
  readonly hasNativeBuckets: boolean;
  readonly hasStartTimes: boolean;
}

export interface ServedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: { readonly labels: Readonly<Record<string, string>>; readonly value: number };
}

const UTF8 = 'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.1';

/** How a scraper that can read all of UTF-8 asks for each format. Two formats cannot tell about their names. */
export const FORMATS = {
  'PrometheusText0.0.4': { accept: 'text/plain;version=0.0.4', read: textOf },
  'PrometheusText1.0.0': { accept: 'text/plain;version=1.0.0;escaping=allow-utf-8', read: textOf },
  'OpenMetricsText0.0.1': { accept: 'application/openmetrics-text;version=0.0.1', read: openMetricsOf },
  'OpenMetricsText1.0.0': {
    accept: 'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8',
    read: openMetricsOf,
  },
  'OpenMetricsText2.0.0': {
    accept: 'application/openmetrics-text;version=2.0.0;escaping=allow-utf-8',
    read: openMetrics2Of,
  },
  PrometheusProto: {
    accept: `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,${UTF8}`,
    read: protobufOf,
  },
  JSON: { path: '/metrics.json', read: jsonOf },
} as const;

export type FormatName = keyof typeof FORMATS;

/** Scrapes a server in one format. */
export async function scrapeIn(port: number, format: FormatName): Promise<Served> {
  const { read, ...request } = FORMATS[format];
  const response = await respond({
    port,
    ...('path' in request ? { path: request.path } : { headers: { accept: request.accept } }),
  });
  const body = await buffer(response);
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${body}`);
  return { families: read(body) };
}

function textOf(body: Buffer): ServedFamily[] {
  return parse(body.toString()).map(servedOf);
}

function openMetricsOf(body: Buffer): ServedFamily[] {
  return parseOpenMetrics(body.toString()).map(servedOf);
}

function openMetrics2Of(body: Buffer): ServedFamily[] {
  return parseOpenMetrics2(body.toString()).map(({ starts, natives, ...family }) => ({
    ...family,
    hasNativeBuckets: natives.length > 0,
    hasStartTimes: starts.length > 0,
  }));
}

function servedOf(family: ParsedFamily): ServedFamily {
  const samples = family.samples.filter(({ name }) => !name.endsWith('_created'));
  return {
    ...family,
    samples,
    hasNativeBuckets: false,
    hasStartTimes: samples.length < family.samples.length,
  };
}

function protobufOf(body: Buffer): ServedFamily[] {
  return decode(body).map(({ name, type, help, unit, metrics }) => ({
    name,
    type: type.toLowerCase(),
    help,
    unit,
    hasNativeBuckets: metrics.some(({ value }) => typeof value === 'object' && value.native !== undefined),
    hasStartTimes: metrics.some(({ created }) => created !== undefined),
    samples: metrics.flatMap(({ labels, value, exemplar }) =>
      typeof value === 'number'
        ? [{ name, labels, value, ...(exemplar && { exemplar }) }]
        : histogramSamples(name, labels, {
            ...value,
            buckets: value.buckets.map(({ bound, ...bucket }) => ({ le: bound, ...bucket })),
          }),
    ),
  }));
}

interface JsonSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly buckets?: readonly { readonly le: number | '+Inf'; readonly count: number }[];
  readonly exponential?: object;
  readonly created?: number;
  readonly exemplars?: readonly NonNullable<ServedSample['exemplar']>[];
}

function jsonOf(body: Buffer): ServedFamily[] {
  const { families }: { families: (Omit<ServedFamily, 'samples'> & { series: readonly JsonSeries[] })[] } =
    JSON.parse(body.toString());
  return families.map(({ name, type, help, unit, series }) => ({
    name,
    type,
    help,
    unit,
    hasNativeBuckets: series.some(({ exponential }) => exponential !== undefined),
    hasStartTimes: series.some(({ created }) => created !== undefined),
    samples: series.flatMap(({ labels, value, count = 0, sum, buckets = [], exemplars = [] }) => {
      const [exemplar] = exemplars;
      if (value !== undefined) return [{ name, labels, value, ...(exemplar && { exemplar }) }];
      const bounds = buckets.map(({ le, count: below }) => ({
        le: le === '+Inf' ? Number.POSITIVE_INFINITY : le,
        count: below,
      }));
      const withExemplars = bounds.map((bucket, i) => {
        const found = exemplars.find(
          (one) => one.value <= bucket.le && one.value > (bounds[i - 1]?.le ?? Number.NEGATIVE_INFINITY),
        );
        return { ...bucket, ...(found && { exemplar: found }) };
      });
      return histogramSamples(name, labels, { count, sum, buckets: withExemplars });
    }),
  }));
}

function histogramSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  {
    count,
    sum,
    buckets,
  }: {
    readonly count: number;
    readonly sum: number | undefined;
    readonly buckets: readonly ({ readonly le: number } & Omit<ServedSample, 'name' | 'labels' | 'value'> & {
        readonly count: number;
      })[];
  },
): ServedSample[] {
  return [
    ...buckets.map(({ le, count: value, ...rest }) => ({
      name: `${name}_bucket`,
      labels: { ...labels, le: le === Number.POSITIVE_INFINITY ? '+Inf' : String(le) },
      value,
      ...rest,
    })),
    ...(sum === undefined ? [] : [{ name: `${name}_sum`, labels, value: sum }]),
    { name: `${name}_count`, labels, value: count },
  ];
}
