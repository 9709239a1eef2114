import { type Meter, type MeterProvider, ValueType } from '@opentelemetry/api';
import {
  attachContract,
  describeMetrics,
  type MetricContract,
  type Preface,
  prefixOf,
} from '../../contract/contract.ts';
import type { Exactly, MetricDeclarations } from '../../contract/declaration.ts';
import { globalMeterProvider } from '../opentelemetry/shared-api.ts';
import { adviceOf, type ContractOptions } from './advice.ts';
import { bindableAdder, bindableRecorder } from './bindable.ts';
import type { InstrumentOf } from './instruments.ts';

/** The instrumentation scope: the name of the recording library. */
interface ScopeIdentity {
  readonly name: string;
  readonly version?: string | undefined;
}

/** Options of a contract as a whole. */
export interface ContractSettings extends Preface {
  /** The instrumentation scope of the instruments. Default: the namespace. */
  readonly scope?: ScopeIdentity | undefined;
}

/** The instruments of a contract, by the keys of their declarations. */
export type Metrics<Declarations extends MetricDeclarations> = {
  readonly [Key in keyof Declarations]: InstrumentOf<Declarations[Key]>;
};

/**
 * Declares metrics and returns their instruments. The metric of a key is named `namespace.key`; with the namespace `''`,
 * `key` alone.
 *
 * ```ts
 * export const orders = defineMetrics('shop.orders', {
 *   placed: {
 *     kind: 'counter',
 *     unit: '{order}',
 *     description: 'Orders that were placed.',
 *     attributes: { channel: ['web', 'app'], country: 'string' },
 *   },
 * });
 * orders.placed.add(1, { channel: 'web', country: 'NL' });
 * ```
 *
 * The first access to an instrument creates it, once for each global meter provider. Each access checks
 * whether the provider has changed. In hot code, keep the instrument or its bound form.
 */
export function defineMetrics<const Declarations extends MetricDeclarations>(
  namespace: string,
  declarations: Declarations & Exactly<Declarations>,
  { scope = { name: namespace }, ...preface }: ContractSettings = {},
): Metrics<Declarations> {
  const contract = describeMetrics(namespace, declarations, preface);
  const instruments = {};
  for (const metric of contract.metrics) {
    const key = metric.name.slice(prefixOf(namespace).length);
    Object.defineProperty(instruments, key, { enumerable: true, get: onceForEachProvider(scope, metric) });
  }
  // Each key has the instrument of its declaration, which the compiler cannot see in a loop.
  return attachContract(instruments, contract) as Metrics<Declarations>;
}

/**
 * Instruments that were created without a provider never record, so they are created again once a provider is
 * registered. (API specification, "Get a Meter": behaviour without an SDK)
 */
function onceForEachProvider(scope: ScopeIdentity, metric: MetricContract): () => unknown {
  let made: { readonly by: MeterProvider; readonly instrument: unknown } | undefined;
  return () => {
    const provider = globalMeterProvider();
    if (made?.by !== provider) {
      const meter = provider.getMeter(scope.name, scope.version);
      made = { by: provider, instrument: create(meter, metric) };
    }
    return made.instrument;
  };
}

function create(meter: Meter, metric: MetricContract): unknown {
  const { name, kind, unit, description, isInteger } = metric;
  const valueType = isInteger ? ValueType.INT : ValueType.DOUBLE;
  const options: ContractOptions = { unit, description, valueType, advice: adviceOf(metric) };
  switch (kind) {
    case 'counter':
      return bindableAdder(meter.createCounter(name, options));
    case 'upDownCounter':
      return bindableAdder(meter.createUpDownCounter(name, options));
    case 'histogram':
      return bindableRecorder(meter.createHistogram(name, options));
    case 'gauge':
      return bindableRecorder(meter.createGauge(name, options));
    case 'observableCounter':
      return meter.createObservableCounter(name, options);
    case 'observableUpDownCounter':
      return meter.createObservableUpDownCounter(name, options);
    case 'observableGauge':
      return meter.createObservableGauge(name, options);
  }
}
