import { safely } from '../../base/safely.ts';
import { replaceMethod } from '../patching/replace-method.ts';
import {
  observeDepth,
  ProcessingScope,
  type QueueProcessingOptions,
  type QueueSendingOptions,
  SendingScope,
} from './queue-operations.ts';
import { timed } from './timed.ts';

/** The part of a `Queue` of BullMQ 5 and later that pitot uses. */
export interface BullQueueLike {
  readonly name: string;
  add(...args: never): Promise<unknown>;
  addBulk(jobs: never): Promise<unknown>;
  getJobCounts(...states: never): Promise<{ readonly [state: string]: number }>;
  close(): Promise<unknown>;
}

/** The part of a `Worker` of BullMQ 5 and later that pitot uses. */
export interface BullWorkerLike {
  readonly name: string;
  emit(event: never, ...args: never): boolean;
  run(): Promise<unknown>;
}

/** Where jobs are until they are done; those that are completed are in the queue no longer. */
const STATES = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children', 'failed'];

const measured = new WeakSet<object>();

const sending = timed('queue.bullmq', (options: Partial<QueueSendingOptions>) => new SendingScope(options));

/** See `queue.bullmq`. */
export function instrumentBullmq<Target extends BullQueueLike | BullWorkerLike>(target: Target): Target {
  safely('queue.bullmq', () => {
    if (typeof target !== 'object' || target === null || typeof target.name !== 'string') {
      throw new TypeError('expected a Queue or a Worker of BullMQ');
    }
    if (measured.has(target)) return;
    if ('add' in target) followQueue(target);
    else followWorker(target);
    measured.add(target);
  });
  return target;
}

function followQueue(target: BullQueueLike): void {
  const queue = { system: 'bullmq', name: target.name, ...redisOf(target) };
  replaceMethod(target, 'add', (original) => {
    return function add(this: unknown, ...args: unknown[]) {
      return sending({ ...queue, operation: 'add' }, () => Reflect.apply(original, this, args));
    };
  });
  replaceMethod(target, 'addBulk', (original) => {
    return function addBulk(this: unknown, ...args: unknown[]) {
      const count = Array.isArray(args[0]) ? args[0].length : 1;
      return sending({ ...queue, operation: 'addBulk', count }, () => Reflect.apply(original, this, args));
    };
  });

  const counts: unknown = Reflect.get(target, 'getJobCounts');
  if (typeof counts !== 'function') throw new TypeError('expected a Queue of BullMQ');
  const depth = observeDepth({ ...queue, read: () => Reflect.apply(counts, target, STATES) });
  replaceMethod(target, 'close', (original) => {
    return function close(this: unknown, ...args: unknown[]) {
      depth.stop();
      return Reflect.apply(original, this, args);
    };
  });
}

/**
 * Follows a job by its worker's events. There is no last event if the worker stops halfway or the job asks for a
 * delay: then the message counts as consumed, and no processing as ended.
 */
function followWorker(target: BullWorkerLike): void {
  const queue = { system: 'bullmq', name: target.name, ...redisOf(target) };
  const active = new WeakMap<object, ProcessingScope>();
  const follow = (event: unknown, job: unknown, error: unknown) => {
    if (typeof job !== 'object' || job === null) return;
    if (event === 'active') active.set(job, new ProcessingScope({ ...queue, ...sinceOf(job) }));
    if (event !== 'completed' && event !== 'failed') return;
    const processing = active.get(job);
    if (event === 'failed') processing?.fail(error);
    processing?.end();
    active.delete(job);
  };
  replaceMethod(target, 'emit', (original) => {
    return function emit(this: unknown, ...args: unknown[]) {
      safely('a job of BullMQ', () => follow(args[0], args[1], args[2]));
      return Reflect.apply(original, this, args);
    };
  });
}

/** The Redis of a queue or worker that was given options of a connection, or a client of ioredis. */
function redisOf(target: object): Pick<QueueSendingOptions, 'serverAddress' | 'serverPort'> {
  const { opts }: { opts?: { connection?: Connection & { options?: Connection } } } = target;
  const { host, port } = opts?.connection?.options ?? opts?.connection ?? {};
  if (typeof host !== 'string') return {};
  return { serverAddress: host, serverPort: typeof port === 'number' ? port : undefined };
}

interface Connection {
  readonly host?: unknown;
  readonly port?: unknown;
}

/** When a job could first be processed. That is not known of one that is tried again. */
function sinceOf(job: object): Pick<QueueProcessingOptions, 'since'> {
  const { timestamp, attemptsMade, opts }: Partial<Job> = job;
  if (typeof timestamp !== 'number' || attemptsMade !== 0) return {};
  return { since: timestamp + (typeof opts?.delay === 'number' ? opts.delay : 0) };
}

interface Job {
  readonly timestamp: unknown;
  readonly attemptsMade: unknown;
  readonly opts: { readonly delay?: unknown } | undefined;
}
