import { expressionOf } from '../base/name-patterns.ts';
import type { Config } from '../config/settings/table.ts';
import { chosenSources } from '../config/sources.ts';
import {
  registerMeterProvider,
  reportOtherProvider,
  reportUnreadable,
} from './opentelemetry/registration.ts';
import { replacePromClient } from './prom-client/replace.ts';
import { recorder } from './record/global.ts';
import type { RecorderOptions } from './record/recorder.ts';
import { OfficialInstrumentations } from './sources/http/official.ts';
import type { ExtraAttributes } from './sources/http/options.ts';
import { startInstrumentations } from './sources/instrumentations.ts';

/** Options that cannot be settings, because they are functions. */
export interface BootFunctions {
  /** Attributes of the application's own on the HTTP server's histograms (with `http: 'native'`). */
  readonly httpAttributes?: ExtraAttributes | undefined;
}

/** Starts recording in this thread. */
export function measure(
  config: Config,
  { httpAttributes }: BootFunctions,
): ReturnType<typeof startInstrumentations> {
  register(config);
  if (config.promClient === 'replace') replacePromClient();
  const others = new OfficialInstrumentations();
  recorder.onInstrument((instrument) => others.observe(instrument));
  recorder.onSeries((instrument) => others.recorded(instrument));
  const { httpKnownMethods: knownMethods, httpExcludedPaths, httpTrustProxy } = config;
  return startInstrumentations({
    chosen: chosenSources(config),
    meterProvider: recorder,
    silence: recorder.silence.bind(recorder),
    http: config.http,
    runtime: { hasPromClientNames: config.defaultMetrics !== 'opentelemetry' },
    native: {
      ...(knownMethods === undefined ? {} : { knownMethods }),
      excludedPaths: httpExcludedPaths.map(expressionOf),
      trustProxy: httpTrustProxy,
      ...(httpAttributes === undefined ? {} : { extraAttributes: httpAttributes }),
      others,
    },
  });
}

/** The settings of the recorder. */
export function recorderOptions(config: Config): RecorderOptions {
  const { seriesLimit, seriesLimits, seriesIdle, redact, redactKey, exemplarFilter } = config;
  const isPushed = config.exporters.some((exporter) => exporter !== 'prometheus');
  return {
    seriesLimit,
    seriesLimits,
    seriesIdle,
    // A series is in every export before it goes.
    minIdle: isPushed ? config.exportInterval + config.exportTimeout : 0,
    redact,
    redactKey,
    exponential: config.exponentialHistograms,
    exponentialByDefault:
      config.exporters.includes('otlp') &&
      config.histogramAggregation === 'base2_exponential_bucket_histogram',
    intervals: config.exporters.includes('otlp') && config.temporality !== 'cumulative',
    views: config.views,
    observeTimeout: config.observeTimeout,
    translationStrategy: config.translationStrategy,
    exemplarFilter,
  };
}

/** Makes the recorder the API's MeterProvider, unless the application has another. */
function register(config: Config): void {
  recorder.configure(recorderOptions(config));
  if (registerMeterProvider(recorder)) reportUnreadable();
  else reportOtherProvider();
}
