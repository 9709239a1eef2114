import { safely } from '../../base/safely.ts';
import { messagingMetrics, queueMetrics } from './queue-metrics.ts';
import { operations, type QueueOptions, queueOf } from './queue-name.ts';
import { Scope } from './scope.ts';

/** Which queue the processed message is from, and when it was sent. */
export interface QueueProcessingOptions extends QueueOptions {
  /**
   * The earliest time at which the message could be processed: when it was sent, or when its delay had passed. A number is
   * milliseconds since the epoch, as of `Date.now()`.
   */
  readonly since?: Date | number | undefined;
  /** `messaging.operation.name`, as the system calls it; `process` unless told otherwise. */
  readonly operation?: string | undefined;
}

export class ProcessingScope extends Scope {
  private readonly begun;

  constructor(options: Partial<QueueProcessingOptions>) {
    super();
    this.begun = safely('queue.processing', () => {
      const { since, operation = 'process' } = options;
      const { 'client.consumed.messages': consumed, 'process.duration': duration } = messagingMetrics;
      const queue = queueOf(options);
      const processing = { ...queue, 'messaging.operation.name': operations.admit(operation) };
      consumed.add(1, processing);
      // The clocks of two machines differ; a message does not wait for less than no time.
      const waited = since === undefined ? Number.NaN : Math.max(0, Date.now() - Number(since)) / 1000;
      if (Number.isFinite(waited)) queueMetrics['wait.duration'].record(waited, queue);
      return { duration, processing };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.begun === undefined) return;
    const { duration, processing } = this.begun;
    duration.record(seconds, failure === undefined ? processing : { ...processing, 'error.type': failure });
  }
}
