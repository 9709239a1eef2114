import { safely } from '../../../base/safely.ts';
import { isMeasuredManually } from '../../instruments/manual-measurement.ts';
import { isObject, type Method } from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { KAFKA, kafkaErrorType, sending, sendingToSeveral } from './kafka-series.ts';

/** How many messages a call sends to each topic. */
type Counts = ReadonlyMap<string, number>;

/** `send({ topic, messages })` of a producer or of a transaction. */
export const measuredSend = measuredCall((record) => countsOf([record]));

/** `sendBatch({ topicMessages })`. */
export const measuredSendBatch = measuredCall((batch) => {
  const { topicMessages } = isObject(batch) ? (batch as { readonly topicMessages?: unknown }) : {};
  return countsOf(Array.isArray(topicMessages) ? topicMessages : []);
});

function measuredCall(read: (argument: unknown) => Counts): (original: Method) => Method {
  return (original) =>
    function send(this: unknown, ...args) {
      const counts = safely('messages sent by kafkajs', () =>
        isMeasuredManually(KAFKA) ? undefined : read(args[0]),
      );
      const startedAt = performance.now();
      const result: unknown = Reflect.apply(original, this, args);
      if (counts === undefined) return result;
      const settled = whenSettled(
        result,
        () => end(counts, startedAt, undefined),
        (error) => end(counts, startedAt, kafkaErrorType(error)),
      );
      return settled ?? result;
    };
}

function countsOf(records: readonly unknown[]): Counts {
  const counts = new Map<string, number>();
  for (const record of records) {
    const { topic, messages } = isObject(record)
      ? (record as { readonly topic?: unknown; readonly messages?: unknown })
      : {};
    if (typeof topic !== 'string' || !Array.isArray(messages)) continue;
    counts.set(topic, (counts.get(topic) ?? 0) + messages.length);
  }
  return counts;
}

/** kafkajs tells nothing of the topics when a call fails, so that all of its messages have failed. */
function end(counts: Counts, startedAt: number, error: string | undefined): void {
  safely('messages sent by kafkajs', () => {
    const isOne = counts.size === 1;
    for (const [topic, count] of counts) sending(topic).end(count, error, isOne ? startedAt : undefined);
    if (!isOne) sendingToSeveral.end(startedAt, error);
  });
}
