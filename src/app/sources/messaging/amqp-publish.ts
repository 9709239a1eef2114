import { errorType } from '../../../base/error-type.ts';
import { safely } from '../../../base/safely.ts';
import { isMeasuredManually } from '../../instruments/manual-measurement.ts';
import { isMethod, isObject, type Method } from '../../patching/replace-method.ts';
import { RABBITMQ } from './amqp-broker.ts';
import { brokerOfChannel } from './amqp-connect.ts';
import { CHANNEL_CLOSED } from './amqp-unsettled.ts';
import type { SendSeries } from './series.ts';

/**
 * `publish()` of a channel without confirmations, which also is a part of `publish()` of a confirm channel.
 *
 * @param confirming the prototype of confirm channels
 */
export function measuredPublish(confirming: object): (original: Method) => Method {
  return (original) =>
    function publish(this: unknown, ...args) {
      const isConfirming = Object.prototype.isPrototypeOf.call(confirming, this as object);
      const series = isConfirming ? undefined : begin(this, args);
      if (series === undefined) return Reflect.apply(original, this, args);
      const result = orFail(series, () => Reflect.apply(original, this, args));
      end(series, undefined);
      return result;
    };
}

/** `publish(exchange, routingKey, content, options, callback)` of a confirm channel. */
export function measuredConfirmedPublish(original: Method): Method {
  return function publish(this: unknown, ...args) {
    const [exchange, routingKey, content, options, callback] = args;
    // amqplib fails when it calls anything else.
    const isCallback = !callback || isMethod(callback);
    const series = isCallback ? begin(this, args) : undefined;
    if (series === undefined) return Reflect.apply(original, this, args);
    const startedAt = performance.now();
    const confirmed: Method = function (this: unknown, ...results) {
      end(series, failureOf(results[0]), startedAt);
      return isMethod(callback) ? Reflect.apply(callback, this, results) : undefined;
    };
    const measured = [exchange, routingKey, content, options, confirmed];
    return orFail(series, () => Reflect.apply(original, this, measured), startedAt);
  };
}

function begin(channel: unknown, [exchange, routingKey]: readonly unknown[]): SendSeries | undefined {
  return safely('a message published by amqplib', () =>
    isMeasuredManually(RABBITMQ)
      ? undefined
      : brokerOfChannel(channel).publishing(textOf(exchange), textOf(routingKey)),
  );
}

function textOf(name: unknown): string {
  return typeof name === 'string' ? name : '';
}

/** If amqplib throws, it has not sent the message. */
function orFail<R>(series: SendSeries, publish: () => R, startedAt?: number): R {
  try {
    return publish();
  } catch (error) {
    end(series, errorType(error), startedAt);
    throw error;
  }
}

function end(series: SendSeries, error: string | undefined, startedAt?: number): void {
  safely('a message published by amqplib', () => series.end(1, error, startedAt));
}

/** amqplib gives a plain error with one of two texts. */
function failureOf(error: unknown): string | undefined {
  if (error === null || error === undefined) return undefined;
  const isNacked = isObject(error) && 'message' in error && error.message === 'message nacked';
  return isNacked ? 'nack' : CHANNEL_CLOSED;
}
