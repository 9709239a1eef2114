import { isDeepStrictEqual } from 'node:util';
import type { Attributes, HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
  type ScopeMetrics,
} from '@opentelemetry/sdk-metrics';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { CellsMerger, type CellsSource } from './cells-merger.ts';
import { PROCESSES_METRICS } from './metrics.ts';
import type { LoggedProcess, ReplicatedLog } from './replicated-log.ts';

/** Attributes of a resource that say which process of a service it is. */
const OF_ONE_PROCESS = new Set(['service.instance.id', 'process.pid']);

const SCOPE = { name: 'pitot', version: '' };

/** The report of one process of the service. */
export interface ProcessMetrics {
  readonly pid: number;
  readonly resourceMetrics: ResourceMetrics;
}

/** The service as a whole, merged from the processes of the log. */
export class ServiceView {
  private readonly merger: CellsMerger;
  /** By process: what its gauges carry, and its information. The same object for its lifetime serves as a key downstream. */
  private readonly labels = new WeakMap<LoggedProcess, Attributes>();
  private readonly information = new WeakMap<LoggedProcess, Attributes>();
  private common: Attributes = {};

  constructor(rules: GaugeRules) {
    this.merger = new CellsMerger(rules);
  }

  merge(log: ReplicatedLog): ScopeMetrics[] {
    const sources: CellsSource[] = [log.endedTotals];
    for (const known of log.processes.values()) {
      sources.push({ metrics: known.state.metrics, own: this.labelsOf(known) });
    }
    return this.merger.merge(sources, millisToHrTime(Date.now()));
  }

  /** The attributes that all processes share. */
  resource(log: ReplicatedLog): Resource {
    const all = [...log.processes.values()].map(({ process }) => process.attributes);
    const common = Object.entries(all[0] ?? {}).filter(
      ([key, value]) =>
        !OF_ONE_PROCESS.has(key) && all.every((other) => isDeepStrictEqual(other[key], value)),
    );
    this.common = Object.fromEntries(common);
    return resourceFromAttributes(this.common);
  }

  /** One series for each process, with the attributes that not all share. Call {@link resource} first. */
  processInformation(log: ReplicatedLog): MetricData {
    const now = millisToHrTime(Date.now());
    const points = [...log.processes.values()].map((known) => gaugePoint(now, this.informationOf(known), 1));
    return gauge('pitot.process.info', points);
  }

  /** Each process by itself. */
  eachProcess(log: ReplicatedLog): ProcessMetrics[] {
    return Array.from(log.processes.values(), ({ process, state }) => ({
      pid: process.pid,
      resourceMetrics: {
        resource: resourceFromAttributes(process.attributes),
        scopeMetrics: state.scopeMetrics(),
      },
    }));
  }

  private labelsOf(known: LoggedProcess): Attributes {
    let labels = this.labels.get(known);
    if (labels === undefined) {
      labels = Object.freeze({ 'process.pid': known.process.pid });
      this.labels.set(known, labels);
    }
    return labels;
  }

  private informationOf(known: LoggedProcess): Attributes {
    const { attributes } = known.process;
    const own = Object.fromEntries(Object.entries(attributes).filter(([key]) => !(key in this.common)));
    const before = this.information.get(known);
    if (before !== undefined && isDeepStrictEqual(before, own)) return before;
    this.information.set(known, own);
    return own;
  }
}

const STATES = PROCESSES_METRICS['pitot.processes'].attributes['pitot.process.state'].values;
const STATE_ATTRIBUTES: readonly Attributes[] = STATES.map((state) =>
  Object.freeze({ 'pitot.process.state': state }),
);

/** The processes that the served numbers come from, by how fresh they are. */
export function processCounts(counts: Readonly<Record<(typeof STATES)[number], number>>): MetricData {
  const now = millisToHrTime(Date.now());
  const points = STATES.map((state, i) => gaugePoint(now, STATE_ATTRIBUTES[i] ?? {}, counts[state]));
  return gauge('pitot.processes', points);
}

/** Metrics about pitot itself, as a scope of their own. */
export function ownScope(metrics: MetricData[]): ScopeMetrics {
  return { scope: SCOPE, metrics };
}

function gauge(name: keyof typeof PROCESSES_METRICS, dataPoints: DataPoint<number>[]): MetricData {
  const { description, unit } = PROCESSES_METRICS[name];
  return {
    descriptor: { name, description, unit, valueType: ValueType.INT },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
    dataPointType: DataPointType.GAUGE,
    dataPoints,
  };
}

function gaugePoint(now: HrTime, attributes: Attributes, value: number): DataPoint<number> {
  return { startTime: now, endTime: now, attributes, value };
}
