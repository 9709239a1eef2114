import type { Meter } from '@opentelemetry/api';
import type { AttributesOf } from '../../../contract/attribute-types.ts';
import type { MetricContract } from '../../../contract/contract.ts';
import { HTTP_CONTRACT, type HTTP_METRICS } from '../../../contract/http.ts';
import { adviceOf } from '../../define/advice.ts';
import { bindableAdder, bindableRecorder } from '../../define/bindable.ts';
import type { Metrics } from '../../define/define.ts';

/** The instruments of HTTP, by their names. */
export type HttpInstruments = Metrics<typeof HTTP_METRICS>;

/** The attributes of an HTTP metric. */
export type HttpAttributes<Name extends keyof typeof HTTP_METRICS> = AttributesOf<
  (typeof HTTP_METRICS)[Name]
>;

/** Creates the instruments as their contract declares them. They have a bound form with any meter. */
export function createInstruments(meter: Meter): HttpInstruments {
  const instruments = HTTP_CONTRACT.metrics.map((metric) => [metric.name, create(meter, metric)] as const);
  // Each name has the instrument of its declaration, which the compiler cannot see in a list.
  return Object.fromEntries(instruments) as object as HttpInstruments;
}

function create(meter: Meter, metric: MetricContract): object {
  const { name, kind, unit, description } = metric;
  const options = { unit, description, advice: adviceOf(metric) };
  return kind === 'histogram'
    ? bindableRecorder(meter.createHistogram(name, options))
    : bindableAdder(meter.createUpDownCounter(name, options));
}
