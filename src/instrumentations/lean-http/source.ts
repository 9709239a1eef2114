import type { Meter } from '@opentelemetry/api';
import type { Source } from '../source.ts';
import { measureHttp } from './lean-http.ts';
import type { LeanHttpOptions, LeanMeter } from './options.ts';

/** HTTP for metrics alone: see {@link measureHttp}. */
export function leanHttp(options: LeanHttpOptions): Source {
  return {
    name: 'http',
    packages: [],
    start: (meterProvider) => measureHttp(bindable(meterProvider.getMeter('pitot/http')), options),
  };
}

/** Gives the instruments of any meter a bound form; those of the recorder have their own. */
function bindable(meter: Meter): LeanMeter {
  return {
    createHistogram(name, options) {
      const histogram = meter.createHistogram(name, options);
      const record = (value: number, attributes: object) => histogram.record(value, { ...attributes });
      if ('bind' in histogram) return histogram as ReturnType<LeanMeter['createHistogram']>;
      return { record, bind: (attributes) => ({ record: (value) => record(value, attributes) }) };
    },
    createUpDownCounter(name, options) {
      const counter = meter.createUpDownCounter(name, options);
      if ('bind' in counter) return counter as ReturnType<LeanMeter['createUpDownCounter']>;
      return { bind: (attributes) => ({ add: (value) => counter.add(value, attributes) }) };
    },
  };
}
