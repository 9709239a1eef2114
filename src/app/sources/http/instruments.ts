import type { Meter } from '@opentelemetry/api';
import type { AttributesOf } from '../../../contract/attribute-types.ts';
import type { AttributeContract, MetricContract } from '../../../contract/contract.ts';
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

/**
 * Creates the instruments as their contract declares them. They have a bound form with any meter.
 *
 * @param extra names of attributes that the application adds to the histograms of servers
 */
export function createInstruments(meter: Meter, extra: readonly string[] = []): HttpInstruments {
  const instruments = HTTP_CONTRACT.metrics.map((metric) => {
    const isExtended = metric.kind === 'histogram' && metric.name.startsWith('http.server.');
    return [metric.name, create(meter, isExtended ? withAttributes(metric, extra) : metric)] as const;
  });
  // Each name has the instrument of its declaration, which the compiler cannot see in a list.
  return Object.fromEntries(instruments) as object as HttpInstruments;
}

/** The contract with further attributes that take any value. An attribute that it has already stays as it is. */
function withAttributes(metric: MetricContract, names: readonly string[]): MetricContract {
  const more = names
    .filter((name) => metric.attributes.every((attribute) => attribute.name !== name))
    .map(
      (name): AttributeContract => ({
        name,
        type: undefined,
        values: [],
        isClosed: false,
        isOptional: true,
        description: '',
      }),
    );
  return { ...metric, attributes: [...metric.attributes, ...more] };
}

function create(meter: Meter, metric: MetricContract): object {
  const { name, kind, unit, description } = metric;
  const options = { unit, description, advice: adviceOf(metric) };
  return kind === 'histogram'
    ? bindableRecorder(meter.createHistogram(name, options))
    : bindableAdder(meter.createUpDownCounter(name, options));
}
