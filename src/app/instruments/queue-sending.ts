import { safely, warnOnce } from '../../base/safely.ts';
import { messagingMetrics } from './queue-metrics.ts';
import { operations, type QueueOptions, queueOf } from './queue-name.ts';
import { Scope } from './scope.ts';

/** Which queue messages are sent to, and how many. */
export interface QueueSendingOptions extends QueueOptions {
  /** How many messages are sent together; 1 unless told otherwise. */
  readonly count?: number | undefined;
  /** `messaging.operation.name`, as the system calls it; `send` unless told otherwise. */
  readonly operation?: string | undefined;
}

export class SendingScope extends Scope {
  private readonly begun;

  constructor(options: Partial<QueueSendingOptions>) {
    super();
    this.begun = safely('queue.sending', () => {
      const { count = 1, operation = 'send' } = options;
      const { 'client.sent.messages': sent, 'client.operation.duration': duration } = messagingMetrics;
      const sending = { ...queueOf(options), 'messaging.operation.name': operations.admit(operation) };
      return { sent, duration, sending, count: countOf(count) };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.begun === undefined) return;
    const { sent, duration, sending, count } = this.begun;
    const attributes = failure === undefined ? sending : { ...sending, 'error.type': failure };
    sent.add(count, attributes);
    duration.record(seconds, { ...attributes, 'messaging.operation.type': 'send' });
  }
}

function countOf(count: unknown): number {
  if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) return count;
  warnOnce(
    'queue.sending count',
    `queue.sending takes a number of messages; ${String(count)} counts as one.`,
  );
  return 1;
}
