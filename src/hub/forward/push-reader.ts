import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type MetricProducer,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { served } from '../collect/served-histogram.ts';
import { Availability } from './availability.ts';
import { countPoints } from './count-points.ts';
import { type Backoff, Delivery } from './delivery.ts';
import type { Unsettled } from './delta-memory.ts';
import { doubtfulNames } from './doubtful-names.ts';
import type { Answer, Forwarder, Refused } from './forwarder.ts';
import { isSearchable, RefusedParts } from './refused-parts.ts';
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

/** The metrics of a request. */
interface Content {
  readonly isDelta: boolean;
  /** `undefined` if only the request is left, from an earlier thread. */
  readonly metrics: ResourceMetrics | undefined;
  /** Data points that are not in the request, because the receiver refuses them. */
  readonly leftOut: number;
}

export interface PushReaderOptions {
  readonly forwarder: Forwarder;
  readonly producer: MetricProducer;
  /** Replaces the producer's resource. */
  readonly resource: Resource;
  /** Milliseconds between the starts of two exports. */
  readonly interval: number;
  /** Milliseconds for one export, retries included. */
  readonly timeout: number;
  readonly observer: ExportObserver;
  readonly tellCollection: TellCollection;
  /** Whether this process forwards. */
  readonly isActive: () => boolean;
  /** Whether another process forwards the same when this one ends. */
  readonly isContinued: () => Promise<boolean>;
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
export class PushReader implements Disposable {
  private readonly options: PushReaderOptions;
  private readonly delivery: Delivery;
  private readonly availability: Availability;
  private readonly refusedParts: RefusedParts;
  private unsettled: Unsettled | undefined;
  private ongoing: Promise<Answer | undefined> | undefined;
  /** The time before which the receiver wants no request (milliseconds of the monotonic clock). */
  private notBefore = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(options: PushReaderOptions) {
    const { forwarder, interval, timeout, backoff = BACKOFF, log } = options;
    this.options = options;
    this.delivery = new Delivery(forwarder, { timeout, backoff });
    this.availability = new Availability(forwarder.target, log !== undefined);
    this.refusedParts = new RefusedParts(forwarder.target);
    this.unsettled = log?.unsettled;
    this.timer = setInterval(() => void this.tick(), interval).unref();
  }

  /** Whether the receiver did not accept the latest export. */
  get isBehind(): boolean {
    return this.availability.isInTrouble;
  }

  /**
   * Sends the remaining values, tells the receiver that the process ends, unless another one goes on, and shuts the
   * forwarder down. Rejects if any of it fails.
   */
  async end(): Promise<void> {
    const { forwarder, timeout, isActive, isContinued } = this.options;
    try {
      await this.forceFlush();
      const isLast = forwarder.end !== undefined && isActive() && !(await isContinued());
      if (isLast) await forwarder.end?.(timeout);
    } finally {
      await forwarder.shutdown?.(timeout);
    }
  }

  /** For the end: sends the remaining values now. Rejects if that fails. */
  async forceFlush(): Promise<void> {
    this.delivery.hurry();
    await this.ongoing?.catch(() => undefined);
    this.notBefore = 0;
    const answer = await this.export();
    if (answer === undefined || answer.outcome === 'accepted') {
      await this.options.forwarder.flush?.(this.options.timeout);
      return;
    }
    throw new Error(`${this.options.forwarder.target}: ${answer.reason}`);
  }

  [Symbol.dispose](): void {
    clearInterval(this.timer);
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
      const answer = await this.send(this.unsettled, { isDelta: true, metrics: undefined, leftOut: 0 });
      if (answer.outcome !== 'accepted') return answer;
    }
    const { kept: metrics, leftOut } = this.refusedParts.without(served(await this.collected()));
    const points = countPoints(metrics);
    if (points === 0) return undefined;
    const request = { request: await this.options.forwarder.encode(metrics), points };
    const isDelta = hasDeltas(metrics);
    if (isDelta) {
      this.unsettled = request;
      this.options.log?.write(request);
    }
    return this.send(request, { isDelta, metrics, leftOut });
  }

  private async collected(): Promise<ResourceMetrics> {
    const { producer, resource, tellCollection } = this.options;
    const started = performance.now();
    const { resourceMetrics, errors } = await producer.collect();
    tellCollection((performance.now() - started) / 1000, errors.length === 0 ? undefined : '_OTHER');
    if (errors.length > 0) diag.error('metrics are forwarded in part:', ...errors);
    return { ...resourceMetrics, resource };
  }

  private async send({ request, points }: Unsettled, content: Content): Promise<Answer> {
    const { observer, log } = this.options;
    const { isDelta, metrics, leftOut } = content;
    const ended = observer.begin(points + leftOut);
    const sent = await this.delivery.send(request);
    if (isDelta && sent.outcome !== 'retryable') {
      this.unsettled = undefined;
      log?.settle();
    }
    const answer = sent.outcome === 'refused' ? await this.searched(sent, content) : sent;
    const counted = withRejected(answer, leftOut);
    ended(counted);
    const lost = lostPoints(counted, points + leftOut, isDelta);
    if (lost > 0) observer.lose(lost);
    if (answer.outcome === 'accepted') {
      this.refusedParts.accepted();
      // RefusedParts reports the data points that it found in a refused request.
      this.availability.accepted(answer === sent ? answer : withRejected(answer, -answer.rejected));
    } else {
      this.availability.failed(answer, lost, () => (metrics === undefined ? [] : doubtfulNames(metrics)));
    }
    if (answer.outcome === 'retryable') {
      this.notBefore = performance.now() + Math.min(answer.wait ?? 0, MAX_WAIT_MS);
    }
    return answer;
  }

  /** Sends a refused request without the parts for which the receiver refused it, if it accepts the rest. */
  private async searched(refused: Refused, { isDelta, metrics }: Content): Promise<Answer> {
    const { forwarder, timeout } = this.options;
    if (metrics === undefined || forwarder.replaces === true || !isSearchable(refused, isDelta))
      return refused;
    const deadline = performance.now() + timeout;
    const attempt = async (part: ResourceMetrics) => {
      const request = await forwarder.encode(part, true);
      return forwarder.attempt(request, Math.max(1, Math.ceil(deadline - performance.now())));
    };
    const found = await this.refusedParts.search(metrics, isDelta, attempt);
    if (found === undefined) return refused;
    return { outcome: 'accepted', rejected: found.refused, message: '' };
  }
}

function withRejected<A extends Answer>(answer: A, more: number): A {
  return answer.outcome === 'accepted' ? { ...answer, rejected: answer.rejected + more } : answer;
}

/** The next totals contain rejected totals again, but the receiver will hardly accept them then. */
function lostPoints(answer: Answer, points: number, isDelta: boolean): number {
  if (answer.outcome === 'accepted') return Math.min(answer.rejected, points);
  return answer.outcome === 'refused' && isDelta ? points : 0;
}

function hasDeltas({ scopeMetrics }: ResourceMetrics): boolean {
  return scopeMetrics.some(({ metrics }) =>
    metrics.some(
      ({ dataPointType, aggregationTemporality }) =>
        dataPointType !== DataPointType.GAUGE && aggregationTemporality === AggregationTemporality.DELTA,
    ),
  );
}
