import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricProducer, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { RecorderMessage, RecorderRequest } from '../record/protocol.ts';
import { Mirror } from './mirror.ts';
import { snapshot } from './snapshot.ts';

/**
 * The recorder's cells as the SDK wants them: every reader, pull or push, is given one as its
 * `metricProducers` and so sees the same data.
 */
export class CellsProducer implements MetricProducer {
  private readonly mirror = new Mirror();
  private readonly port: MessagePort;
  private readonly observeTimeout: number;
  private inFlight: Promise<CollectionResult> | undefined;
  private requests = 0;
  /** The observe request that the recorder has not answered yet, and who waits for it. */
  private pending: { request: number; answered: (errors: readonly string[]) => void } | undefined;
  private isFinal = false;

  /** @param observeTimeout the longest wait for the recorder's observables, in milliseconds */
  constructor(port: MessagePort, observeTimeout: number) {
    this.port = port;
    this.observeTimeout = observeTimeout;
    port.on('message', (message: RecorderMessage) => this.receive(message));
  }

  /** Concurrent collections are one: they share the snapshot. */
  collect(): Promise<CollectionResult> {
    this.inFlight ??= this.gather().finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  }

  /** From now on the recorder is not asked any more: its thread waits for the last collection. */
  finish(): void {
    this.isFinal = true;
    this.pending?.answered([]);
  }

  private async gather(): Promise<CollectionResult> {
    const errors = await this.observe();
    // What was announced before this moment belongs to it, even if its event has not come up yet.
    for (
      let next = receiveMessageOnPort(this.port);
      next !== undefined;
      next = receiveMessageOnPort(this.port)
    ) {
      this.receive(next.message);
    }
    return this.result(snapshot(this.mirror, Date.now()), errors);
  }

  /**
   * Has the recorder's observables run, and waits for them no longer than the set time. While an earlier
   * request is unanswered the recorder's thread is known to be stuck, and is not waited for at all.
   */
  private async observe(): Promise<readonly string[]> {
    if (this.isFinal || !this.mirror.hasObservables || this.pending !== undefined) return [];
    const request = ++this.requests;
    const answer = new Promise<readonly string[]>((answered) => {
      this.pending = { request, answered };
    });
    this.port.postMessage({
      type: 'observe',
      request,
      timeout: this.observeTimeout,
    } satisfies RecorderRequest);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(resolve, this.observeTimeout, ['the application thread did not answer in time']);
    });
    const errors = await Promise.race([answer, deadline]);
    clearTimeout(timer);
    return errors;
  }

  private receive(message: RecorderMessage): void {
    if (message.type !== 'observed') {
      this.mirror.apply(message);
    } else if (message.request === this.pending?.request) {
      this.pending.answered(message.errors);
      this.pending = undefined;
    }
  }

  private result(scopeMetrics: ScopeMetrics[], errors: readonly string[]): CollectionResult {
    // The reader replaces the resource by its MeterProvider's.
    return {
      resourceMetrics: { resource: emptyResource(), scopeMetrics },
      errors: errors.map((text) => new Error(text)),
    };
  }
}
