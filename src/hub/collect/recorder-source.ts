import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { RecorderMessage, RecorderRequest } from '../../model/protocol.ts';
import { IdleWatch } from './idle.ts';
import { SeriesRegistry } from './series-registry.ts';
import { snapshot } from './snapshot.ts';

/** Milliseconds that the next hub may know less of a thread than this one, if nobody reads the cells meanwhile. */
const CHECKPOINT_DELAY_MS = 1000;

/** What becomes of the recorder's thread. */
export interface LifecycleHooks {
  /** Called with the registry when it has changed, and is about to be read. */
  readonly checkpoint: (registry: SeriesRegistry) => void;
  /** Called when the thread has ended; its cells stay as they are. */
  readonly ended: () => void;
}

export interface SourceOptions {
  /** The longest wait for the recorder's observables, in milliseconds. */
  readonly observeTimeout: number;
  /** Whether series that have been idle for long may be removed now. */
  readonly mayExpire: () => boolean;
  /** Called with series that are no more because they had been idle, as they were at last. */
  readonly expired?: (series: readonly ScopeMetrics[]) => void;
}

/** The recorder of one thread, as the hub reaches it. */
export class RecorderSource {
  readonly registry = new SeriesRegistry();
  private readonly idle = new IdleWatch();
  private readonly port: MessagePort;
  private readonly observeTimeout: number;
  private readonly mayExpire: () => boolean;
  private readonly expired: SourceOptions['expired'];
  /** Ids of the series that the recorder was asked to remove. */
  private readonly expiring = new Set<number>();
  private requests = 0;
  /** The observe request that the recorder has not answered yet, and who waits for it. */
  private pending: { request: number; answered: (errors: readonly string[]) => void } | undefined;
  private isFinal = false;
  private isClosed = false;
  private readonly hooks: LifecycleHooks | undefined;
  /** While the registry has changed and was not kept. */
  private checkpointTimer: NodeJS.Timeout | undefined;
  /** The last removal whose cells are read no more, but by a hub that would begin with what was kept. */
  private unreleased: number | undefined;

  /** @param hooks of a worker thread; the main thread's recorder announces all it has to the next hub */
  constructor(
    port: MessagePort,
    { observeTimeout, mayExpire, expired }: SourceOptions,
    hooks?: LifecycleHooks,
  ) {
    this.port = port;
    this.hooks = hooks;
    this.observeTimeout = observeTimeout;
    this.mayExpire = mayExpire;
    this.expired = expired;
    port.on('message', (message: RecorderMessage) => this.receive(message));
    port.on('close', () => {
      this.isClosed = true;
      this.finish();
      clearTimeout(this.checkpointTimer);
      hooks?.ended();
    });
  }

  /** From now on the recorder is not asked any more: its thread has ended, or waits for the last collection. */
  finish(): void {
    this.isFinal = true;
    this.pending?.answered([]);
  }

  /** The cells as they are now. Series that have been idle for long are then given to their recorder to remove. */
  read(now: number): ScopeMetrics[] {
    this.drain();
    // What has once been shown, the next hub shows as well.
    if (this.checkpointTimer !== undefined) this.checkpoint();
    const scopeMetrics = snapshot(this.registry, now);
    if (!this.isFinal && this.mayExpire()) {
      for (const request of this.idle.look(this.registry, now)) {
        for (const id of request.idle.keys()) this.expiring.add(id);
        this.ask(request);
      }
    }
    return scopeMetrics;
  }

  /**
   * Has the recorder's observables run, and waits for them no longer than the set time. While an earlier
   * request is unanswered the recorder's thread is known to be stuck, and is not waited for at all.
   *
   * @returns the texts of what failed
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

  /** What was announced before this moment belongs to it, even if its event has not come up yet. */
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
      if (message.type === 'removed') this.tellExpired(message.instrument, message.series);
      this.registry.apply(message);
      if (message.type === 'removed' || message.type === 'announced') this.unreleased = message.removal;
      if (this.hooks === undefined) this.release();
      else this.checkpointTimer ??= setTimeout(() => this.checkpoint(), CHECKPOINT_DELAY_MS);
    } else if (message.request === this.pending?.request) {
      this.pending.answered(message.errors);
      this.pending = undefined;
    }
  }

  private tellExpired(instrument: number, ids: readonly number[]): void {
    const expired = ids.filter((id) => this.expiring.delete(id));
    if (expired.length > 0) this.expired?.(snapshot(this.registry.part(instrument, expired), Date.now()));
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
