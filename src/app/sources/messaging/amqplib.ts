import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LoadedPackage } from '../../patching/loading.ts';
import { isMethod, isObject, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { measuredConnect } from './amqp-connect.ts';
import {
  measuredCallbackGet,
  measuredConsume,
  measuredGet,
  settlingAll,
  settlingMessage,
} from './amqp-consume.ts';
import { measuredConfirmedPublish, measuredPublish } from './amqp-publish.ts';

/**
 * RabbitMQ by amqplib, through the methods of its channels, of promises and of callbacks alike. The official
 * instrumentation has no metrics.
 *
 * - A message is sent by `publish()` or `sendToQueue()`. On a confirm channel that is an operation, which ends when the
 *   broker confirms the message; on another channel nothing tells when the broker has it, so there is no duration.
 * - A message is consumed when the application's callback gets it, or a `get()`.
 * - The processing of a message ends with `ack()`; `nack()` and `reject()` fail it, and so does a channel that closes
 *   before. Without acknowledgements (`noAck`) it ends with the callback.
 * - A failed attempt to connect is an operation `connect`.
 */
export function hookAmqplib({ exports, folder }: LoadedPackage): Undo {
  const load = createRequire(join(folder, 'package.json'));
  const promises: unknown = load('./lib/channel_model.js');
  const callbacks: unknown = load('./lib/callback_model.js');
  return undoAll([
    replaceMethod(exports, 'connect', measuredConnect),
    ...hookChannels(promises),
    ...hookChannels(callbacks),
    replaceMethod(prototypeOf(promises, 'Channel'), 'get', measuredGet),
    replaceMethod(prototypeOf(callbacks, 'Channel'), 'get', measuredCallbackGet),
  ]);
}

function hookChannels(model: unknown): Undo[] {
  const channel = prototypeOf(model, 'Channel');
  const confirming = prototypeOf(model, 'ConfirmChannel');
  return [
    replaceMethod(channel, 'publish', measuredPublish(confirming)),
    replaceMethod(confirming, 'publish', measuredConfirmedPublish),
    replaceMethod(channel, 'consume', measuredConsume),
    replaceMethod(channel, 'ack', settlingMessage(undefined)),
    replaceMethod(channel, 'nack', settlingMessage('nack')),
    replaceMethod(channel, 'reject', settlingMessage('reject')),
    replaceMethod(channel, 'ackAll', settlingAll(undefined)),
    replaceMethod(channel, 'nackAll', settlingAll('nack')),
  ];
}

function prototypeOf(model: unknown, name: string): object {
  const type: unknown = isObject(model) ? Reflect.get(model, name) : undefined;
  if (!isMethod(type) || !isObject(type.prototype)) throw new TypeError(`expected the class ${name}`);
  return type.prototype;
}
