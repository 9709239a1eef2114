import type { Format } from './format.ts';
import { encodeJson } from './json.ts';
import { createOpenMetricsEncoder } from './openmetrics.ts';
import { createProtobufEncoder } from './protobuf.ts';
import { encodeText } from './text.ts';

export interface FormatOptions {
  /** Whether OpenMetrics has samples that say since when a series has counted. True by default. */
  readonly createdSeries?: boolean;
  /** Whether native histograms have classic buckets beside them, for scrapers that take both. True by default. */
  readonly classicBuckets?: boolean;
}

/**
 * The formats that a scraper can ask for, under the names that `scrape_protocols` has for them in
 * Prometheus. Of formats that are equally welcome the first is sent.
 */
export function scrapeFormats(options: FormatOptions): readonly [Format, ...Format[]] {
  const { createdSeries = true, classicBuckets = true } = options;
  const encodeOpenMetrics = createOpenMetricsEncoder({ createdSeries });
  return [
    {
      name: 'PrometheusText0.0.4',
      mediaType: 'text/plain',
      parameters: { version: '0.0.4', charset: 'utf-8' },
      tellsEscaping: false,
      carriesUtf8: false,
      encode: encodeText,
    },
    {
      name: 'PrometheusText1.0.0',
      mediaType: 'text/plain',
      parameters: { version: '1.0.0', charset: 'utf-8' },
      tellsEscaping: true,
      carriesUtf8: true,
      encode: encodeText,
    },
    {
      name: 'OpenMetricsText1.0.0',
      mediaType: 'application/openmetrics-text',
      parameters: { version: '1.0.0', charset: 'utf-8' },
      tellsEscaping: true,
      carriesUtf8: true,
      encode: encodeOpenMetrics,
    },
    {
      name: 'OpenMetricsText0.0.1',
      mediaType: 'application/openmetrics-text',
      parameters: { version: '0.0.1', charset: 'utf-8' },
      tellsEscaping: false,
      carriesUtf8: false,
      encode: encodeOpenMetrics,
    },
    {
      name: 'PrometheusProto',
      mediaType: 'application/vnd.google.protobuf',
      parameters: { proto: 'io.prometheus.client.MetricFamily', encoding: 'delimited' },
      tellsEscaping: false,
      carriesUtf8: true,
      encode: createProtobufEncoder({ classicBuckets }),
    },
  ];
}

/** Not for scrapers: it has a path of its own. */
export const JSON_FORMAT: Format = {
  name: 'JSON',
  mediaType: 'application/json',
  parameters: { charset: 'utf-8' },
  tellsEscaping: false,
  carriesUtf8: true,
  encode: encodeJson,
};
