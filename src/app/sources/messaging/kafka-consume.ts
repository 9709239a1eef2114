import { safely } from '../../../base/safely.ts';
import { isMethod, isObject, type Method } from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { Delivery } from './delivery.ts';
import { KAFKA, kafkaErrorType, processing } from './kafka-series.ts';

interface Delivered {
  readonly topic: unknown;
  readonly count: number;
}

/** `run({ eachMessage, eachBatch, … })` of a consumer of the group. */
export function measuredRun(group: string | undefined): (original: Method) => Method {
  return (original) =>
    function run(this: unknown, ...args) {
      const [config, ...rest] = args;
      if (!isObject(config)) return Reflect.apply(original, this, args);
      const { eachMessage, eachBatch } = config as {
        readonly eachMessage?: unknown;
        readonly eachBatch?: unknown;
      };
      const measured = {
        ...config,
        ...(isMethod(eachMessage) && { eachMessage: measuredCallback(eachMessage, group, messageOf) }),
        ...(isMethod(eachBatch) && { eachBatch: measuredCallback(eachBatch, group, batchOf) }),
      };
      return Reflect.apply(original, this, [measured, ...rest]);
    };
}

/** kafkajs awaits what the callback returns, so that its promise can be followed by another. */
function measuredCallback(
  callback: Method,
  group: string | undefined,
  deliveredIn: (payload: unknown) => Delivered,
): Method {
  return function (this: unknown, ...args) {
    const call = () => Reflect.apply(callback, this, args);
    const delivery = safely('a delivery of kafkajs', () => {
      const { topic, count } = deliveredIn(args[0]);
      return typeof topic === 'string' ? new Delivery(KAFKA, processing(topic, group), count) : undefined;
    });
    if (delivery === undefined) return call();
    const result = delivery.run(call);
    const settled = whenSettled(
      result,
      () => delivery.end(),
      (error) => delivery.end(kafkaErrorType(error)),
    );
    if (settled === undefined) delivery.end();
    return settled ?? result;
  };
}

function messageOf(payload: unknown): Delivered {
  return { topic: isObject(payload) ? Reflect.get(payload, 'topic') : undefined, count: 1 };
}

function batchOf(payload: unknown): Delivered {
  const batch: unknown = isObject(payload) ? Reflect.get(payload, 'batch') : undefined;
  const { topic, messages } = isObject(batch)
    ? (batch as { readonly topic?: unknown; readonly messages?: unknown })
    : {};
  return { topic, count: Array.isArray(messages) ? messages.length : 0 };
}
