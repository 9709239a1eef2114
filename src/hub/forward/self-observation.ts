import type { Attributes } from '@opentelemetry/api';
import { metricOptions } from '../../contract/metric-options.ts';
import type { HubMeter } from '../collect/internal-meter.ts';
import type { Answer, Component } from './forwarder.ts';
import { FORWARDING_METRICS } from './metrics.ts';

const EXPORTED = 'otel.sdk.exporter.metric_data_point.exported';
const INFLIGHT = 'otel.sdk.exporter.metric_data_point.inflight';
const OPERATION = 'otel.sdk.exporter.operation.duration';
const COLLECTION = 'otel.sdk.metric_reader.collection.duration';
const LOST = 'pitot.forward.lost';

/** Receives the duration of each collection of one reader (seconds) and, if it failed, the error's type. */
export type TellCollection = (duration: number, errorType?: string) => void;

/** Records the metrics of forwarding itself. */
export class SelfObservation {
  private readonly exported;
  private readonly inflight;
  private readonly operations;
  private readonly collections;
  private readonly lost;
  /** The number of components of each type. */
  private readonly components = new Map<string, number>();

  constructor(meter: HubMeter) {
    this.exported = meter.createCounter(EXPORTED, metricOptions(FORWARDING_METRICS[EXPORTED]));
    this.inflight = meter.createUpDownCounter(INFLIGHT, metricOptions(FORWARDING_METRICS[INFLIGHT]));
    this.operations = meter.createHistogram(OPERATION, metricOptions(FORWARDING_METRICS[OPERATION]));
    this.collections = meter.createHistogram(COLLECTION, metricOptions(FORWARDING_METRICS[COLLECTION]));
    this.lost = meter.createCounter(LOST, metricOptions(FORWARDING_METRICS[LOST]));
  }

  /** Adds a reader. */
  reader(type: string): TellCollection {
    const component = this.componentOf(type);
    return (duration, errorType) => {
      this.collections.record(duration, { ...component, ...typed(errorType) });
    };
  }

  /** Adds an exporter. Its counters exist from now on. */
  exporter({ type, server, expectedErrors }: Component): ExportObserver {
    const own: Attributes = { ...this.componentOf(type) };
    if (server !== undefined) own['server.address'] = server.address;
    if (server?.port !== undefined) own['server.port'] = server.port;
    this.inflight.add(0, { ...own });
    this.lost.add(0, { ...own });
    this.exported.add(0, { ...own });
    for (const errorType of expectedErrors) this.exported.add(0, { ...own, ...typed(errorType) });
    return {
      begin: (points) => {
        this.inflight.add(points, { ...own });
        const started = performance.now();
        return (answer) => {
          this.inflight.add(-points, { ...own });
          const failed = answer.outcome === 'accepted' ? Math.min(answer.rejected, points) : points;
          const errorType =
            answer.outcome !== 'accepted' ? answer.errorType : failed > 0 ? 'rejected' : undefined;
          if (failed < points) this.exported.add(points - failed, { ...own });
          if (failed > 0) this.exported.add(failed, { ...own, ...typed(errorType) });
          const duration = (performance.now() - started) / 1000;
          this.operations.record(duration, { ...own, ...typed(errorType), ...answer.status });
        };
      },
      lose: (points) => this.lost.add(points, { ...own }),
    };
  }

  /** Names stay the same after a restart. ("otel.component.name") */
  private componentOf(type: string): Attributes {
    const index = this.components.get(type) ?? 0;
    this.components.set(type, index + 1);
    return { 'otel.component.type': type, 'otel.component.name': `${type}/${index}` };
  }
}

/** The observations of one exporter. */
export interface ExportObserver {
  /** @returns a function to call once, with the last answer */
  begin(points: number): (answer: Answer) => void;
  /** No later export makes up for that many data points. */
  lose(points: number): void;
}

function typed(errorType: string | undefined): Attributes {
  return errorType === undefined ? {} : { 'error.type': errorType };
}
