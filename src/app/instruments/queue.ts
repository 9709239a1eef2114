import { safely } from '../../base/safely.ts';
import type { Observation } from '../observe/observation.ts';
import { measureManually } from './manual-measurement.ts';
import { type BullQueueLike, type BullWorkerLike, instrumentBullmq } from './queue-bullmq.ts';
import {
  observeDepth,
  ProcessingScope,
  type QueueDepthOptions,
  type QueueOptions,
  type QueueProcessingOptions,
  type QueueSendingOptions,
  SendingScope,
} from './queue-operations.ts';
import { type Measured, type Timed, timed } from './timed.ts';

export type {
  BullQueueLike,
  BullWorkerLike,
  QueueDepthOptions,
  QueueOptions,
  QueueProcessingOptions,
  QueueSendingOptions,
};

/**
 * Metrics of queues, by the semantic conventions for messaging metrics (1.45.0,
 * docs/messaging/messaging-metrics.md) where they have any. All have `messaging.system.name` and
 * `messaging.destination.name`; the first four have `messaging.operation.name` and, where they are given,
 * `server.address` and `server.port`. Those marked with * have `error.type` for what failed, which tells the outcomes
 * apart; those of consumers have `messaging.consumer.group.name` and `messaging.destination.subscription.name`, where
 * they are given.
 *
 * - `messaging.client.sent.messages`* (counter, {message}): messages that were enqueued.
 * - `messaging.client.operation.duration`* (histogram, s): how long enqueueing took.
 * - `messaging.client.consumed.messages` (counter, {message}): messages whose processing began.
 * - `messaging.process.duration`* (histogram, s): how long the processing of each took.
 * - `queue.wait.duration` (histogram, s): how long they had waited for it.
 * - `queue.depth` (observable up-down counter, {message}): messages that are in the queue, by
 *   `queue.state` where the queue tells it.
 */
export interface Queue {
  /** Times the enqueueing of a message, or of several together. */
  readonly sending: Timed<QueueSendingOptions, Measured>;
  /**
   * Times the processing of one message.
   *
   * ```ts
   * channel.consume('mail', (message) => {
   *   const sentAt = message.properties.timestamp * 1000;   // AMQP has seconds
   *   return queue.processing({ system: 'rabbitmq', name: 'mail', since: sentAt }, () =>
   *     send(JSON.parse(message.content)),
   *   );
   * });
   * ```
   */
  readonly processing: Timed<QueueProcessingOptions, Measured>;
  /** Asks in the background how many messages there are, until it is stopped. */
  depth(options: QueueDepthOptions): Observation;
  /**
   * Measures a `Queue` of BullMQ (what it adds, and its depth) or a `Worker` (what it processes). One
   * that is given twice is measured once. Returns it.
   *
   * ```ts
   * const mail = queue.bullmq(new Queue('mail', { connection }));
   * const worker = queue.bullmq(new Worker('mail', send, { connection }));
   * ```
   */
  bullmq<Target extends BullQueueLike | BullWorkerLike>(target: Target): Target;
}

/** Measures queues: sending, processing and depth. See {@link Queue}. */
export const queue: Queue = {
  sending: timed(
    'queue.sending',
    (options) => new SendingScope(options),
    // The automatic sources leave these to it.
    (options, callback) =>
      measureManually(
        safely('queue.sending', () => options.system),
        callback,
      ),
  ),
  processing: timed('queue.processing', (options) => new ProcessingScope(options)),
  depth: observeDepth,
  bullmq: instrumentBullmq,
};
