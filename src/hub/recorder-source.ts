import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { RecorderMessage, RecorderRequest } from '../record/protocol.ts';
import { IdleWatch } from './idle.ts';
import { Mirror } from './mirror.ts';
import { snapshot } from './snapshot.ts';

export interface SourceOptions {
  /** The longest wait for the recorder's observables, in milliseconds. */
  readonly observeTimeout: number;
  /** Whether series that have been idle for long may be removed now. */
  readonly mayExpire: () => boolean;
}

/** The recorder of one thread, as the hub reaches it. */
export class RecorderSource {
  readonly mirror = new Mirror();
  private readonly idle = new IdleWatch();
  private readonly port: MessagePort;
  private readonly observeTimeout: number;
  private readonly mayExpire: () => boolean;
  private requests = 0;
  /** The observe request that the recorder has not answered yet, and who waits for it. */
  private pending: { request: number; answered: (errors: readonly string[]) => void } | undefined;
  private isFinal = false;
  private isClosed = false;

  /**
   * @param ended is called when the recorder's thread has ended; its cells stay as they are
   */
  constructor(port: MessagePort, { observeTimeout, mayExpire }: SourceOptions, ended: () => void) {
    this.port = port;
    this.observeTimeout = observeTimeout;
    this.mayExpire = mayExpire;
    port.on('message', (message: RecorderMessage) => this.receive(message));
    port.on('close', () => {
      this.isClosed = true;
      this.finish();
      ended();
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
    const scopeMetrics = snapshot(this.mirror, now);
    if (!this.isFinal && this.mayExpire()) {
      for (const request of this.idle.look(this.mirror, now)) this.ask(request);
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
    if (this.isFinal || !this.mirror.hasObservables || this.pending !== undefined) return [];
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
      this.mirror.apply(message);
      if (message.type === 'removed') this.ask({ type: 'released', removal: message.removal });
    } else if (message.request === this.pending?.request) {
      this.pending.answered(message.errors);
      this.pending = undefined;
    }
  }

  private ask(request: RecorderRequest): void {
    this.port.postMessage(request);
  }
}
