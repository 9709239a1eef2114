import { safely } from '../../../base/safely.ts';
import type { LoadedPackage } from '../../patching/loading.ts';
import {
  isMethod,
  isObject,
  type Method,
  replaceMethod,
  type Undo,
  undoAll,
} from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { measuredRun } from './kafka-consume.ts';
import { measuredSend, measuredSendBatch } from './kafka-send.ts';
import { connecting, kafkaErrorType } from './kafka-series.ts';

/**
 * Kafka by kafkajs, through the methods of its producers, transactions and consumers. The official instrumentation
 * has the same metrics, but builds spans for each message even without a tracer.
 *
 * - Messages are sent by `send()` and `sendBatch()`, which end when the brokers have answered, after kafkajs' own
 *   retries. Those of a transaction count when they are sent, whether it is committed or not.
 * - `eachMessage` processes one message, `eachBatch` several at once.
 * - A `connect()` that fails is an operation `connect`.
 * - A producer belongs to a cluster of brokers and not to one of them, so there is no `server.address`.
 */
export function hookKafkajs({ exports }: LoadedPackage): Undo {
  const Kafka: unknown = isObject(exports) ? Reflect.get(exports, 'Kafka') : undefined;
  const prototype: unknown = isMethod(Kafka) ? Kafka.prototype : undefined;
  return undoAll([
    replaceMethod(prototype, 'producer', making(hookProducer)),
    replaceMethod(prototype, 'consumer', making(hookConsumer)),
  ]);
}

/** A method that makes a client, which is hooked as soon as it is there. Clients that were made before stay hooked. */
function making(hookClient: (client: unknown, options: unknown) => void): (original: Method) => Method {
  return (original) =>
    function make(this: unknown, ...args) {
      const client = Reflect.apply(original, this, args);
      safely('a client of kafkajs', () => hookClient(client, args[0]));
      return client;
    };
}

function hookProducer(producer: unknown): void {
  replaceMethod(producer, 'connect', measuredConnect);
  replaceMethod(producer, 'transaction', measuredTransaction);
  hookSending(producer);
}

function hookSending(sender: unknown): void {
  replaceMethod(sender, 'send', measuredSend);
  replaceMethod(sender, 'sendBatch', measuredSendBatch);
}

function hookConsumer(consumer: unknown, options: unknown): void {
  const group: unknown = isObject(options) ? Reflect.get(options, 'groupId') : undefined;
  replaceMethod(consumer, 'connect', measuredConnect);
  replaceMethod(consumer, 'run', measuredRun(typeof group === 'string' ? group : undefined));
}

function measuredTransaction(original: Method): Method {
  return function transaction(this: unknown, ...args) {
    const result: unknown = Reflect.apply(original, this, args);
    const hook = (made: unknown) => safely('a transaction of kafkajs', () => hookSending(made));
    return whenSettled(result, hook, () => {}) ?? result;
  };
}

function measuredConnect(original: Method): Method {
  return function connect(this: unknown, ...args) {
    const startedAt = performance.now();
    const result: unknown = Reflect.apply(original, this, args);
    const failed = (error: unknown) =>
      safely('a connection of kafkajs', () => connecting.end(startedAt, kafkaErrorType(error)));
    return whenSettled(result, () => {}, failed) ?? result;
  };
}
