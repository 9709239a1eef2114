import { reasonOf } from '../../../base/reason.ts';
import { warnOnce } from '../../../base/safely.ts';
import { claimName, freeName } from '../name-holders.ts';
import { isObject, type Labels, NO_LABELS, validateLabelNames, validateMetricName } from './labels.ts';
import {
  COLLECT,
  type Home,
  JOINED,
  LEFT,
  LINES,
  type OwnMetric,
  RELABELLED,
  type TextContext,
} from './own-metric.ts';
import { globalRegistry, Registry } from './registry.ts';
import type {
  Aggregator,
  CollectFunction,
  MetricType,
  OpenMetricsContentType,
  PrometheusContentType,
} from './types.ts';

/** Options of metrics of all kinds. */
export interface MetricConfiguration<T extends string> {
  name: string;
  help: string;
  labelNames?: T[] | readonly T[];
  registers?: (Registry<PrometheusContentType> | Registry<OpenMetricsContentType>)[];
  aggregator?: Aggregator;
  // biome-ignore lint/suspicious/noExplicitAny: prom-client's own type, so that code that compiles with it goes on to
  collect?: CollectFunction<any>;
  enableExemplars?: boolean;
}

/** The metric in the recorder. It refers to the metric only weakly. */
export interface Recorded {
  relabel(defaults: Labels): void;
  stop(): void;
}

/** Ends the recording of metrics that the application has forgotten. */
const forgotten = new FinalizationRegistry<Recorded>((recorded) => recorded.stop());

/** The common part of all four kinds of metrics. */
export abstract class BaseMetric<T extends string, R extends Recorded> implements OwnMetric {
  declare name: string;
  declare help: string;
  declare labelNames: readonly T[];
  declare registers: readonly Registry<PrometheusContentType | OpenMetricsContentType>[];
  declare aggregator: Aggregator;
  declare enableExemplars: boolean;
  // biome-ignore lint/suspicious/noExplicitAny: prom-client's own type, so that code that compiles with it goes on to
  declare collect: CollectFunction<any>;
  readonly type: MetricType;
  private recordedName = '';
  protected recorded: R | undefined;
  private homes: readonly Home[] = [];

  /** Throws where prom-client does. A subclass ends its own constructor with {@link register}. */
  protected constructor(type: MetricType, config: object, defaults: object) {
    if (!isObject(config)) throw new TypeError('constructor expected a config object');
    const common = {
      labelNames: [],
      registers: [globalRegistry],
      aggregator: 'sum',
      enableExemplars: false,
    };
    Object.assign(this, common, defaults, config);
    this.type = type;
    this.registers ??= [globalRegistry];
    if (!this.help) throw new Error('Missing mandatory help parameter');
    if (!this.name) throw new Error('Missing mandatory name parameter');
    if (!validateMetricName(this.name)) throw new Error('Invalid metric name');
    if (!validateLabelNames(this.labelNames)) throw new Error('Invalid label name');
    if (this.collect && typeof this.collect !== 'function') {
      throw new Error('Optional "collect" parameter must be a function');
    }
  }

  abstract reset(): void;

  /** Puts the metric into the recorder; may throw. */
  protected abstract record(name: string, defaults: Labels): R;

  abstract [LINES](context: TextContext): Iterable<string>;

  protected register(): void {
    for (const registry of this.registers) {
      if (this.enableExemplars && registry.contentType === Registry.PROMETHEUS_CONTENT_TYPE) {
        throw new TypeError('Exemplars are supported only on OpenMetrics registries');
      }
      registry.registerMetric(this as never);
    }
  }

  [COLLECT](): Promise<void> | undefined {
    if (!this.collect) return undefined;
    const collected: unknown = this.collect();
    return collected instanceof Promise ? collected : undefined;
  }

  [JOINED](registry: Home): void {
    this.homes = [...this.homes, registry];
    if (this.homes.length > 1) return;
    this.recordedName = this.name;
    if (!claimName(this.name, this)) return;
    try {
      this.recorded = this.record(this.name, registry.defaults());
      forgotten.register(this, this.recorded, this);
    } catch (error) {
      warnOnce(
        `prom-client record ${this.name}`,
        `the metric '${this.name}' of pitot/prom-client is not on pitot's endpoint (${reasonOf(error)}). Its registry ` +
          'has it as before.',
      );
    }
  }

  [LEFT](registry: Home): void {
    const [first] = this.homes;
    this.homes = this.homes.filter((home) => home !== registry);
    if (this.homes.length === 0) {
      forgotten.unregister(this);
      this.recorded?.stop();
      this.recorded = undefined;
      freeName(this.recordedName, this);
    } else if (first === registry) {
      this.recorded?.relabel(this.homes[0]?.defaults() ?? NO_LABELS);
    }
  }

  [RELABELLED](registry: Home): void {
    if (this.homes[0] === registry) this.recorded?.relabel(registry.defaults());
  }
}
