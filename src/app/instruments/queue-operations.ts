import { BoundedValues } from '../../base/bounded-values.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import { NO_OBSERVATION, type Observation } from '../observe/observation.ts';
import { observe } from '../observe/observe.ts';
import { measureDeliveryManually } from './manual-delivery.ts';
import { messagingMetrics, queueMetrics } from './queue-metrics.ts';
import { destinations, groups, serverAttributes } from './queue-names.ts';
import { Scope } from './scope.ts';

/** The queue, and its messaging system. */
export interface QueueOptions {
  /** `messaging.system.name`: the system the queue is of, as `bullmq`, `rabbitmq`, `aws_sqs`. */
  readonly system: string;
  /** `messaging.destination.name`: the queue's name, from a small set. */
  readonly name: string;
}

/** The broker. */
interface QueueServer {
  /** `server.address`: the host of the broker. */
  readonly serverAddress?: string | undefined;
  /** `server.port`: its port. */
  readonly serverPort?: number | undefined;
}

const operations = new BoundedValues('messaging.operation.name', /^[A-Za-z][\w.:/-]{0,63}$/);
const systems = new BoundedValues('messaging.system.name', /^[a-z][a-z0-9_.]{0,63}$/);
const subscriptions = new BoundedValues('messaging.destination.subscription.name', /^[^\s'"]{1,128}$/);

function queueOf({ system, name }: Partial<QueueOptions>) {
  return {
    'messaging.system.name': systems.admit(system),
    'messaging.destination.name': destinations.admit(name),
  };
}

/** Which queue messages are sent to, and how many. */
export interface QueueSendingOptions extends QueueOptions, QueueServer {
  /** How many messages are sent together; 1 unless told otherwise. */
  readonly count?: number | undefined;
  /** `messaging.operation.name`, as the system calls it; `send` unless told otherwise. */
  readonly operation?: string | undefined;
}

export class SendingScope extends Scope {
  private readonly state;

  constructor(options: Partial<QueueSendingOptions>) {
    super();
    this.state = safely('queue.sending', () => {
      const { count = 1, operation = 'send' } = options;
      const { 'client.sent.messages': sent, 'client.operation.duration': duration } = messagingMetrics;
      const sending = {
        ...queueOf(options),
        'messaging.operation.name': operations.admit(operation),
        ...serverAttributes(options.serverAddress, options.serverPort),
      };
      return { sent, duration, sending, count: countOf(count) };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { sent, duration, sending, count } = this.state;
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

/** Which queue the processed message is from, and when it was sent. */
export interface QueueProcessingOptions extends QueueOptions, QueueServer {
  /**
   * The earliest time at which the message could be processed: when it was sent, or when its delay had passed. A number is
   * milliseconds since the epoch, as of `Date.now()`.
   */
  readonly since?: Date | number | undefined;
  /** `messaging.operation.name`, as the system calls it; `process` unless told otherwise. */
  readonly operation?: string | undefined;
  /** `messaging.consumer.group.name`: the consumer group, as of Kafka. */
  readonly consumerGroup?: string | undefined;
  /** `messaging.destination.subscription.name`: the subscription of a topic, as of Pub/Sub or Pulsar. */
  readonly subscription?: string | undefined;
}

export class ProcessingScope extends Scope {
  private readonly state;

  constructor(options: Partial<QueueProcessingOptions>) {
    super();
    this.state = safely('queue.processing', () => {
      measureDeliveryManually(options.system);
      const { since, operation = 'process' } = options;
      const { 'client.consumed.messages': consumed, 'process.duration': duration } = messagingMetrics;
      const queue = queueOf(options);
      const processing = {
        ...queue,
        'messaging.operation.name': operations.admit(operation),
        ...consumerOf(options),
        ...serverAttributes(options.serverAddress, options.serverPort),
      };
      consumed.add(1, processing);
      // The clocks of two machines differ; a message does not wait for less than no time.
      const waited = since === undefined ? Number.NaN : Math.max(0, Date.now() - Number(since)) / 1000;
      if (Number.isFinite(waited)) queueMetrics['wait.duration'].record(waited, queue);
      return { duration, processing };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { duration, processing } = this.state;
    duration.record(seconds, failure === undefined ? processing : { ...processing, 'error.type': failure });
  }
}

function consumerOf({ consumerGroup, subscription }: Partial<QueueProcessingOptions>) {
  return {
    ...(consumerGroup !== undefined && { 'messaging.consumer.group.name': groups.admit(consumerGroup) }),
    ...(subscription !== undefined && {
      'messaging.destination.subscription.name': subscriptions.admit(subscription),
    }),
  };
}

/** How many messages there are, together or by state. */
type Depth = number | Readonly<Record<string, number>>;

/** Which queue has the depth, and how it is read. */
export interface QueueDepthOptions extends QueueOptions {
  /** Asks the queue. While it cannot tell, it has no depth. */
  readonly read: () => Depth | Promise<Depth>;
  /** Milliseconds from one question to the next; 15,000 unless told otherwise. */
  readonly every?: number | undefined;
}

const states = new BoundedValues('queue.state', /^[A-Za-z][\w.-]{0,31}$/);

/** See `queue.depth`. */
export function observeDepth(options: QueueDepthOptions): Observation {
  const observation = safely('queue.depth', () => {
    const { read, every } = options;
    if (typeof read !== 'function') throw new TypeError('expected a function read()');
    const queue = queueOf(options);
    const name = `queue ${queue['messaging.destination.name']}`;
    const settings = { name, onError: 'drop', ...(every !== undefined && { every }) } as const;
    return observe(queueMetrics.depth, async () => readingsOf(await read(), queue), settings);
  });
  return observation ?? NO_OBSERVATION;
}

function readingsOf(depth: Depth, queue: ReturnType<typeof queueOf>) {
  if (typeof depth === 'number') return [{ value: depth, attributes: queue }];
  return Object.entries(depth).map(([state, value]) => ({
    value,
    attributes: { ...queue, 'queue.state': states.admit(state) },
  }));
}
