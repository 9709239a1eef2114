import { setImmediate } from 'node:timers';
import { OWN_REGISTRY } from '../own-registry.ts';
import { ForeignBridge } from './foreign-bridge.ts';
import { foreignLines, type ReadMetric } from './foreign-lines.ts';
import { type Labels, NO_LABELS } from './labels.ts';
import {
  COLLECT,
  HOLD,
  type Home,
  isOwn,
  JOINED,
  LEFT,
  LINES,
  type OwnMetric,
  RELABELLED,
} from './own-metric.ts';
import { escaped } from './text.ts';
import type {
  MetricObject,
  MetricObjectWithValues,
  MetricValue,
  OpenMetricsContentType,
  PrometheusContentType,
  RegistryContentType,
} from './types.ts';

/** The header of a response in Prometheus text, the default of a registry. */
export const PROMETHEUS_CONTENT_TYPE: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';
/** The header of a response in OpenMetrics text. */
export const OPENMETRICS_CONTENT_TYPE: OpenMetricsContentType =
  'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** The writing of a text yields to others after this time on the thread. */
const SLICE_MS = 5;
/** Lines, or several lines of a child, between two readings of the clock. */
const LINES_PER_CHUNK = 64;

/** The part of a metric that a registry uses. Aggregations and applications register objects of their own. */
interface Registered {
  name: string;
  readonly help: string;
  readonly type: string;
  get(): unknown;
  reset?(): void;
}

/** Metrics by name, and their text for Prometheus. */
export class Registry<BoundRegistryContentType extends RegistryContentType = PrometheusContentType>
  implements Home
{
  static get PROMETHEUS_CONTENT_TYPE(): PrometheusContentType {
    return PROMETHEUS_CONTENT_TYPE;
  }

  static get OPENMETRICS_CONTENT_TYPE(): OpenMetricsContentType {
    return OPENMETRICS_CONTENT_TYPE;
  }

  /** The registry of metrics that are created without one. */
  static readonly globalRegistry: Registry = new Registry();

  readonly [OWN_REGISTRY] = true;
  private metricsByName = new Map<string, Registered>();
  private defaultLabels: Labels = NO_LABELS;
  /** The default labels of the last text, in the object that stands for them. */
  private shownDefaults: Labels = NO_LABELS;
  private type: RegistryContentType;
  private readonly foreign = new ForeignBridge(this);

  /** @param contentType the format of {@link metrics}; throws for any but the two */
  constructor(contentType: BoundRegistryContentType = PROMETHEUS_CONTENT_TYPE as BoundRegistryContentType) {
    if (!isContentType(contentType)) throw new TypeError(`Content type ${contentType} is unsupported`);
    this.type = contentType;
  }

  /** A registry with the metrics of several of one content type. Throws where two metrics have one name. */
  // biome-ignore lint/suspicious/noExplicitAny: as prom-client's, it takes registries of both content types
  static merge(registers: Registry<any>[]): Registry {
    const type = registers[0]!.contentType;
    if (registers.some(({ contentType }) => contentType !== type)) {
      throw new Error('Registers can only be merged if they have the same content type');
    }
    const merged = new Registry(type);
    for (const registry of registers)
      for (const metric of registry.metricsByName.values()) merged[HOLD](metric);
    return merged;
  }

  get contentType(): BoundRegistryContentType {
    return this.type as BoundRegistryContentType;
  }

  setContentType(contentType: BoundRegistryContentType): void {
    if (!isContentType(contentType)) throw new Error(`Content type ${contentType} is unsupported`);
    this.type = contentType;
  }

  /**
   * The text of all metrics, after their `collect` functions have run. Many series are written in slices of 5 ms, between
   * which other work of the thread runs.
   */
  async metrics(): Promise<string> {
    const isOpenMetrics = this.type === OPENMETRICS_CONTENT_TYPE;
    const metrics = [...this.metricsByName.values()];
    // OpenMetrics puts `_total` behind the name of the family.
    if (isOpenMetrics) {
      for (const metric of metrics)
        if (metric.type === 'counter') metric.name = metric.name.replace(/_total$/, '');
    }
    const read = await Promise.all(metrics.map(collected));
    const pace = pacer();
    const texts: string[] = [];
    for (const metric of read) texts.push(await this.write(metric, pace));
    return isOpenMetrics ? `${texts.join('\n')}\n# EOF\n` : `${texts.join('\n\n')}\n`;
  }

  async getSingleMetricAsString(name: string): Promise<string> {
    return this.getMetricsAsString(this.metricsByName.get(name) as unknown as MetricObject);
  }

  /** The text of one metric, which need not be in the registry. */
  async getMetricsAsString(metric: MetricObject): Promise<string> {
    return this.write(await collected(metric as unknown as Registered), pacer());
  }

  async getMetricsAsJSON(): Promise<MetricObjectWithValues<MetricValue<string>>[]> {
    const metrics = await Promise.all(Array.from(this.metricsByName.values(), (metric) => metric.get()));
    const defaults = Object.entries(this.defaultLabels);
    for (const { values } of metrics as { values?: { labels?: Record<string, unknown> }[] }[]) {
      if (defaults.length === 0) break;
      for (const value of values ?? []) {
        value.labels = { ...value.labels };
        // As in prom-client, a default replaces whatever is false.
        for (const [name, label] of defaults) value.labels[name] = value.labels[name] || label;
      }
    }
    return metrics as MetricObjectWithValues<MetricValue<string>>[];
  }

  getMetricsAsArray(): MetricObject[] {
    return [...this.metricsByName.values()] as unknown as MetricObject[];
  }

  /** Adds a metric. Throws if another one has its name. */
  // biome-ignore lint/suspicious/noExplicitAny: the registry takes metrics of every kind and with any labels
  registerMetric(metric: any): void {
    if (this.metricsByName.get(metric.name) === metric) return;
    this[HOLD](metric);
    if (isOwn(metric)) metric[JOINED](this);
    else this.foreign.begin();
  }

  // biome-ignore lint/suspicious/noExplicitAny: the caller knows which kind of metric has the name
  getSingleMetric(name: string): any {
    return this.metricsByName.get(name);
  }

  removeSingleMetric(name: string): void {
    const metric = this.metricsByName.get(name);
    this.metricsByName.delete(name);
    if (metric !== undefined && isOwn(metric)) metric[LEFT](this);
    this.foreign.endIfUnused();
  }

  /** Removes all metrics and the default labels. */
  clear(): void {
    const metrics = [...this.metricsByName.values()];
    this.metricsByName = new Map();
    this.defaultLabels = NO_LABELS;
    for (const metric of metrics) if (isOwn(metric)) metric[LEFT](this);
    this.foreign.endIfUnused();
  }

  resetMetrics(): void {
    for (const metric of this.metricsByName.values()) metric.reset?.();
  }

  /** Adds labels to every metric that has not the same labels itself. */
  setDefaultLabels(labels: object): void {
    this.defaultLabels = labels as Labels;
    for (const metric of this.metricsByName.values()) if (isOwn(metric)) metric[RELABELLED](this);
  }

  /** The default labels, in the same object as long as they are the same. */
  defaults(): Labels {
    const shown = Object.entries(this.shownDefaults);
    const now = Object.entries(this.defaultLabels ?? NO_LABELS);
    const isSame =
      shown.length === now.length &&
      now.every(([name, value], i) => shown[i]?.[0] === name && shown[i]?.[1] === value);
    if (!isSame) this.shownDefaults = { ...this.defaultLabels };
    return this.shownDefaults;
  }

  [HOLD](metric: Registered): void {
    const { name } = metric;
    const present = this.metricsByName.get(name);
    if (present !== undefined && present !== metric) {
      throw new Error(`A metric with the name ${name} has already been registered.`);
    }
    this.metricsByName.set(name, metric);
  }

  private async write(metric: ReadMetric | (Registered & OwnMetric), pace: Pace): Promise<string> {
    const name = escaped(metric.name);
    const context = {
      name,
      defaults: this.defaults(),
      isOpenMetrics: this.type === OPENMETRICS_CONTENT_TYPE,
    };
    const lines = [`# HELP ${name} ${escaped(metric.help)}`, `# TYPE ${name} ${metric.type}`];
    const chunks: string[] = [];
    for (const some of isOwn(metric) ? metric[LINES](context) : foreignLines(metric, context)) {
      if (lines.push(some) < LINES_PER_CHUNK) continue;
      // Joining the lines of a slice here leaves little of it to the end.
      chunks.push(lines.splice(0).join('\n'));
      const pause = pace();
      if (pause !== undefined) await pause;
    }
    if (lines.length > 0) chunks.push(lines.join('\n'));
    return chunks.join('\n');
  }
}

/** The registry of metrics that are created without one. */
export const { globalRegistry } = Registry;

/** The metric when its `collect` has run: itself, or what a metric that is not this module's answers. */
async function collected(metric: Registered): Promise<ReadMetric | (Registered & OwnMetric)> {
  if (!isOwn(metric) || metric.get !== Object.getPrototypeOf(metric).get)
    return (await metric.get()) as ReadMetric;
  const collecting = metric[COLLECT]();
  if (collecting !== undefined) await collecting;
  return metric;
}

type Pace = () => Promise<void> | undefined;

/** Answers a promise to await whenever the caller has kept the thread for long enough. */
function pacer(): Pace {
  let began = performance.now();
  return () => {
    if (performance.now() - began < SLICE_MS) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        began = performance.now();
        resolve();
      });
    });
  };
}

function isContentType(type: unknown): type is RegistryContentType {
  return type === PROMETHEUS_CONTENT_TYPE || type === OPENMETRICS_CONTENT_TYPE;
}
