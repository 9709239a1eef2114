import {
  AggregationTemporality,
  DataPointType,
  type MetricProducer,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { served } from '../../model/served-histogram.ts';
import { Availability } from './availability.ts';
import { type Backoff, Delivery } from './delivery.ts';
import type { Unsettled } from './delta-memory.ts';
import { doubtfulNames } from './doubtful-names.ts';
import type { Answer, Forwarder } from './forwarder.ts';
import type { ExportObserver, TellCollection } from './self-observation.ts';

const BACKOFF: Backoff = { first: 1000, longest: 5000 };
/** The longest pause that a receiver may ask for. A longer one counts as a mistake. */
const MAX_WAIT_MS = 3_600_000;

/** Remembers sent requests beyond the lifetime of the hub's thread; see delta-memory.ts. */
export interface RequestLog {
  /** A request that an earlier thread may not have delivered. */
  readonly unsettled: Unsettled | undefined;
  write(unsettled: Unsettled): void;
  settle(): void;
}

export interface PushReaderOptions {
  readonly forwarder: Forwarder;
  readonly producers: readonly MetricProducer[];
  /** Milliseconds between the starts of two exports. */
  readonly interval: number;
  /** Milliseconds for one export, retries included. */
  readonly timeout: number;
  readonly observer: ExportObserver;
  readonly tellCollection: TellCollection;
  /** Whether this process forwards. */
  readonly isActive: () => boolean;
  readonly log?: RequestLog | undefined;
  readonly backoff?: Backoff;
}

/**
 * Collects and forwards at an interval. At most one request waits for a retry:
 *
 * - The next totals replace totals that could not be delivered, because they contain them.
 * - Differences stay in their request until the receiver accepts it or finally refuses it. Only then the next
 *   ones are collected, over the whole time since. A retry sends exactly the same bytes, so that a receiver
 *   that already had them, although its answer was lost, can recognise them by their times.
 */
export class PushReader extends MetricReader {
  private readonly options: PushReaderOptions;
  private readonly delivery: Delivery;
  private readonly availability: Availability;
  private unsettled: Unsettled | undefined;
  private ongoing: Promise<Answer | undefined> | undefined;
  /** The time before which the receiver wants no request (milliseconds of the monotonic clock). */
  private notBefore = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: PushReaderOptions) {
    const { forwarder, producers, timeout, backoff = BACKOFF, log } = options;
    super({
      aggregationTemporalitySelector: forwarder.selectTemporality,
      metricProducers: [...producers],
      otelComponentType: 'periodic_metric_reader',
    });
    this.options = options;
    this.delivery = new Delivery(forwarder, { timeout, backoff });
    this.availability = new Availability(forwarder.target, log !== undefined);
    this.unsettled = log?.unsettled;
  }

  /** Whether the receiver did not accept the latest export. */
  get isBehind(): boolean {
    return this.availability.isInTrouble;
  }

  protected override onInitialized(): void {
    this.timer = setInterval(() => void this.tick(), this.options.interval).unref();
  }

  /** For the end: sends the remaining values now. Rejects if that fails. */
  protected override async onForceFlush(): Promise<void> {
    this.delivery.hurry();
    await this.ongoing?.catch(() => undefined);
    this.notBefore = 0;
    const answer = await this.export();
    if (answer === undefined || answer.outcome === 'accepted') return;
    throw new Error(`${this.options.forwarder.target}: ${answer.reason}`);
  }

  protected override async onShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.onForceFlush();
    this.options.forwarder.close();
  }

  private async tick(): Promise<void> {
    if (this.ongoing !== undefined) return;
    try {
      await this.export();
    } catch (error) {
      diag.error(`metrics could not be collected for ${this.options.forwarder.target}:`, error);
    }
  }

  /** Resolves to the last answer; `undefined` if there is nothing to send, or if it is too early. */
  private export(): Promise<Answer | undefined> {
    this.ongoing = this.exportOnce().finally(() => {
      this.ongoing = undefined;
    });
    return this.ongoing;
  }

  private async exportOnce(): Promise<Answer | undefined> {
    if (!this.options.isActive() || performance.now() < this.notBefore) return undefined;
    if (this.unsettled !== undefined) {
      const answer = await this.send(this.unsettled, { isDelta: true, metrics: undefined });
      if (answer.outcome !== 'accepted') return answer;
    }
    const metrics = await this.collected();
    const points = countPoints(metrics);
    if (points === 0) return undefined;
    const request = { request: this.options.forwarder.encode(served(metrics)), points };
    const isDelta = hasDeltas(metrics);
    if (isDelta) {
      this.unsettled = request;
      this.options.log?.write(request);
    }
    return this.send(request, { isDelta, metrics });
  }

  private async collected(): Promise<ResourceMetrics> {
    const { tellCollection } = this.options;
    const started = performance.now();
    const { resourceMetrics, errors } = await this.collect();
    tellCollection((performance.now() - started) / 1000, errors.length === 0 ? undefined : '_OTHER');
    if (errors.length > 0) diag.error('metrics are forwarded in part:', ...errors);
    return resourceMetrics;
  }

  /** @param metrics the request's content, if it is still available */
  private async send(
    { request, points }: Unsettled,
    { isDelta, metrics }: { readonly isDelta: boolean; readonly metrics: ResourceMetrics | undefined },
  ): Promise<Answer> {
    const { observer, log } = this.options;
    const ended = observer.begin(points);
    const answer = await this.delivery.send(request);
    ended(answer);
    const lost = lostPoints(answer, points, isDelta);
    if (lost > 0) observer.lose(lost);
    if (answer.outcome === 'accepted') this.availability.accepted(answer);
    else {
      this.availability.failed(answer, lost, () => (metrics === undefined ? [] : doubtfulNames(metrics)));
    }
    if (answer.outcome === 'retryable') {
      this.notBefore = performance.now() + Math.min(answer.wait ?? 0, MAX_WAIT_MS);
    } else if (isDelta) {
      this.unsettled = undefined;
      log?.settle();
    }
    return answer;
  }
}

/** The next totals contain rejected totals again, but the receiver will hardly accept them then. */
function lostPoints(answer: Answer, points: number, isDelta: boolean): number {
  if (answer.outcome === 'accepted') return Math.min(answer.rejected, points);
  return answer.outcome === 'refused' && isDelta ? points : 0;
}

function countPoints({ scopeMetrics }: ResourceMetrics): number {
  let points = 0;
  for (const { metrics } of scopeMetrics) for (const { dataPoints } of metrics) points += dataPoints.length;
  return points;
}

function hasDeltas({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) =>
    metrics.some(
      ({ dataPointType, aggregationTemporality }) =>
        dataPointType !== DataPointType.GAUGE && aggregationTemporality === AggregationTemporality.DELTA,
    ),
  );
}
