import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { RecorderMessage, RecorderRequest } from '../../model/protocol.ts';
import { IdleWatch } from './idle.ts';
import { SeriesRegistry } from './series-registry.ts';
import { type SnapshotOptions, snapshot } from './snapshot.ts';

/** Series of the last second may be missing from a checkpoint, unless a reader has seen them. */
const CHECKPOINT_DELAY_MS = 1000;

/** Called during the life of a recorder's thread. */
export interface LifecycleHooks {
  /** The registry has changed: within a second, and before the next snapshot. */
  readonly checkpoint: (registry: SeriesRegistry) => void;
  /** The thread has ended. Its cells stay as they are. */
  readonly ended: () => void;
}

export interface SourceOptions {
  /** The longest wait for the recorder's observables, in milliseconds. */
  readonly observeTimeout: number;
  /** Whether the recorder may be asked to remove idle series now. */
  readonly mayExpire: () => boolean;
  /** Called when the recorder has announced a series. */
  readonly announced?: (() => void) | undefined;
  /** Called with idle series that the recorder has removed, with their last values. */
  readonly expired?: (series: readonly ScopeMetrics[]) => void;
}

/** The hub's connection to the recorder of one thread. */
export class RecorderSource {
  readonly registry = new SeriesRegistry();
  private readonly idle = new IdleWatch();
  private readonly port: MessagePort;
  private readonly observeTimeout: number;
  private readonly mayExpire: () => boolean;
  private readonly announced: SourceOptions['announced'];
  private readonly expired: SourceOptions['expired'];
  /** Ids of the series that the hub has asked the recorder to remove. */
  private readonly expiring = new Set<number>();
  private requests = 0;
  /** The observe request that the recorder has not answered yet. */
  private pending: { request: number; answered: (errors: readonly string[]) => void } | undefined;
  private isFinal = false;
  private isClosed = false;
  private readonly hooks: LifecycleHooks | undefined;
  /** Runs while the registry has changes that are not in the checkpoint. */
  private checkpointTimer: NodeJS.Timeout | undefined;
  /** The last removal that the recorder was not told of. The checkpoint may still refer to its cells. */
  private unreleased: number | undefined;

  /** @param hooks for worker threads; the main thread's recorder announces everything to the next hub itself */
  constructor(
    port: MessagePort,
    { observeTimeout, mayExpire, announced, expired }: SourceOptions,
    hooks?: LifecycleHooks,
  ) {
    this.port = port;
    this.hooks = hooks;
    this.observeTimeout = observeTimeout;
    this.mayExpire = mayExpire;
    this.announced = announced;
    this.expired = expired;
    port.on('message', (message: RecorderMessage) => this.receive(message));
    port.on('close', () => {
      this.isClosed = true;
      this.finish();
      clearTimeout(this.checkpointTimer);
      hooks?.ended();
    });
  }

  /** Stops asking the recorder: its thread has ended, or waits for the last collection. */
  finish(): void {
    this.isFinal = true;
    this.pending?.answered([]);
  }

  /**
   * A snapshot of the cells. Then asks the recorder to remove the series that have been idle for long.
   *
   * @param now milliseconds of a clock that is never set: otherwise series would expire early or late
   */
  read(now: number, options?: SnapshotOptions): ScopeMetrics[] {
    this.drain();
    // A series that a reader has seen must not be missing from the next hub.
    if (this.checkpointTimer !== undefined) this.checkpoint();
    const scopeMetrics = snapshot(this.registry, options);
    if (!this.isFinal && this.mayExpire()) {
      for (const request of this.idle.poll(this.registry, now)) {
        for (const id of request.idle.keys()) this.expiring.add(id);
        this.ask(request);
      }
    }
    return scopeMetrics;
  }

  /**
   * Has the recorder's observables run, and waits for them at most `observeTimeout`. Does not wait while an earlier
   * request is unanswered, because the recorder's thread is stuck.
   *
   * @returns the texts of the errors
   */
  async observe(): Promise<readonly string[]> {
    if (this.isFinal || !this.registry.hasObservables || this.pending !== undefined) return [];
    const request = ++this.requests;
    const answer = new Promise<readonly string[]>((answered) => {
      this.pending = { request, answered };
    });
    this.ask({ type: 'observe', request, timeout: this.observeTimeout });
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(resolve, this.observeTimeout, ['the application thread did not answer in time']);
    });
    const errors = await Promise.race([answer, deadline]);
    clearTimeout(timer);
    return errors;
  }

  /** Receives all earlier announcements, although their events are still queued. */
  private drain(): void {
    // A port closes only after its last message; reading a closed one crashes Node.js 24.
    while (!this.isClosed) {
      const next = receiveMessageOnPort(this.port);
      if (next === undefined) return;
      this.receive(next.message);
    }
  }

  private receive(message: RecorderMessage): void {
    if (message.type !== 'observed') {
      if (message.type === 'removed') this.reportExpired(message.instrument, message.series);
      this.registry.apply(message);
      if (message.type === 'series') this.announced?.();
      if (message.type === 'removed' || message.type === 'announced') this.unreleased = message.removal;
      if (this.hooks === undefined) this.release();
      else this.checkpointTimer ??= setTimeout(() => this.checkpoint(), CHECKPOINT_DELAY_MS);
    } else if (message.request === this.pending?.request) {
      this.pending.answered(message.errors);
      this.pending = undefined;
    }
  }

  private reportExpired(instrument: number, ids: readonly number[]): void {
    const expired = ids.filter((id) => this.expiring.delete(id));
    if (expired.length > 0) this.expired?.(snapshot(this.registry.part(instrument, expired)));
  }

  private checkpoint(): void {
    clearTimeout(this.checkpointTimer);
    this.checkpointTimer = undefined;
    if (this.isClosed) return;
    this.hooks?.checkpoint(this.registry);
    this.release();
  }

  private release(): void {
    if (this.unreleased === undefined) return;
    this.ask({ type: 'released', removal: this.unreleased });
    this.unreleased = undefined;
  }

  private ask(request: RecorderRequest): void {
    this.port.postMessage(request);
  }
}
