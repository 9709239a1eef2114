import type { Format } from './format.ts';
import { encodeJson } from './json.ts';
import { createOpenMetricsEncoder } from './openmetrics.ts';
import { createOpenMetrics2Encoder } from './openmetrics2.ts';
import { createProtobufEncoder } from './protobuf.ts';
import { encodeText } from './text.ts';

export interface FormatOptions {
  /**
   * Whether OpenMetrics has `_created` samples, the start times of series. False by default: a Prometheus without the
   * feature `created-timestamp-zero-ingestion` stores them as series, and its `Accept` header does not tell. With the
   * feature it prefers protobuf, where start times cost no series.
   */
  readonly createdSeries?: boolean;
  /** Whether native histograms have classic buckets besides, for scrapers that read both. True by default. */
  readonly classicBuckets?: boolean;
}

/**
 * The formats that a scraper can ask for, by their names in Prometheus' `scrape_protocols`. If the scraper accepts
 * several equally, pitot sends the first.
 */
export function scrapeFormats(options: FormatOptions): readonly [Format, ...Format[]] {
  const { createdSeries = false, classicBuckets = true } = options;
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
    {
      // Prometheus 3.16 asks for it with the feature `openmetrics2`, where `scrape_protocols` has it.
      name: 'OpenMetricsText2.0.0',
      mediaType: 'application/openmetrics-text',
      parameters: { version: '2.0.0', charset: 'utf-8' },
      tellsEscaping: false,
      carriesUtf8: true,
      isExperimental: true,
      encode: createOpenMetrics2Encoder({ classicBuckets }),
    },
  ];
}

/** JSON has a path of its own and is not negotiated. */
export const JSON_FORMAT: Format = {
  name: 'JSON',
  mediaType: 'application/json',
  parameters: { charset: 'utf-8' },
  tellsEscaping: false,
  carriesUtf8: true,
  encode: encodeJson,
};
