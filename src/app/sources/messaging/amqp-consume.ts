import { errorType } from '../../../base/error-type.ts';
import { safely } from '../../../base/safely.ts';
import { isMethod, isObject, type Method } from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { RABBITMQ } from './amqp-broker.ts';
import { brokerOfChannel } from './amqp-connect.ts';
import { CHANNEL_CLOSED, UnsettledDeliveries } from './amqp-unsettled.ts';
import { Delivery } from './delivery.ts';
import type { DeliverySeries } from './series.ts';

const unsettled = new WeakMap<object, UnsettledDeliveries>();

/** `consume(queue, callback, options, …)`. */
export function measuredConsume(original: Method): Method {
  return function consume(this: unknown, ...args) {
    const [queue, callback, options, ...rest] = args;
    if (!isMethod(callback)) return Reflect.apply(original, this, args);
    const series = safely('a consumer of amqplib', () =>
      brokerOfChannel(this).delivering(String(queue ?? ''), 'consume'),
    );
    if (series === undefined) return Reflect.apply(original, this, args);
    const given = isWithoutAck(options)
      ? processedByCallback(series, callback)
      : processedUntilSettled(series, callback, this);
    return Reflect.apply(original, this, [queue, given, options, ...rest]);
  };
}

/** Messages that wait for an acknowledgement. `null` instead of one says that the consumer was cancelled. */
function processedUntilSettled(series: DeliverySeries, callback: Method, channel: unknown): Method {
  return function (this: unknown, ...args) {
    const tag = tagOf(args[0]);
    if (tag === undefined) return Reflect.apply(callback, this, args);
    const delivery = new Delivery(RABBITMQ, series, 1);
    safely('a delivery of amqplib', () => unsettledOf(channel)?.add(tag, delivery));
    return delivery.run(() => Reflect.apply(callback, this, args));
  };
}

/**
 * Messages without acknowledgements. amqplib ignores what a callback returns. Only an async function's promise can be
 * followed without a change for the application: nothing else holds it, so nothing else handles its rejection. The
 * processing by other callbacks that return a promise has no end that can be seen, so it is not recorded.
 */
function processedByCallback(series: DeliverySeries, callback: Method): Method {
  return function (this: unknown, ...args) {
    if (tagOf(args[0]) === undefined) return Reflect.apply(callback, this, args);
    const delivery = new Delivery(RABBITMQ, series, 1);
    const result = delivery.run(() => Reflect.apply(callback, this, args));
    if (!isObject(result) || !('then' in result)) delivery.end();
    if (callback.constructor.name !== 'AsyncFunction') return result;
    const settled = whenSettled(
      result,
      () => delivery.end(),
      (error) => delivery.end(errorType(error)),
    );
    return settled ?? result;
  };
}

/** `get(queue, options)` of channels with promises. */
export function measuredGet(original: Method): Method {
  return function get(this: unknown, ...args) {
    const answered = getting(this, args);
    const result: unknown = Reflect.apply(original, this, args);
    if (answered === undefined) return result;
    const settled = whenSettled(
      result,
      (message) => answered(null, message),
      (error) => answered(error, undefined),
    );
    return settled ?? result;
  };
}

/** `get(queue, options, callback)` of channels with callbacks. */
export function measuredCallbackGet(original: Method): Method {
  return function get(this: unknown, ...args) {
    const [queue, options, callback] = args;
    const answered = getting(this, args);
    if (answered === undefined) return Reflect.apply(original, this, args);
    const given: Method = function (this: unknown, ...results) {
      answered(results[0], results[1]);
      return isMethod(callback) ? Reflect.apply(callback, this, results) : undefined;
    };
    return Reflect.apply(original, this, [queue, options, given]);
  };
}

/** Begins a `get()`; the returned function takes its error or its message, which is `false` from an empty queue. */
function getting(channel: unknown, [queue, options]: readonly unknown[]) {
  return safely('a get() of amqplib', () => {
    const broker = brokerOfChannel(channel);
    const name = String(queue ?? '');
    const operation = broker.getting(name);
    const series = broker.delivering(name, 'get');
    const startedAt = performance.now();
    return (error: unknown, message: unknown) => {
      safely('a get() of amqplib', () => {
        operation.end(startedAt, error ? errorType(error) : undefined);
        const tag = tagOf(message);
        if (tag === undefined) return;
        const delivery = new Delivery(RABBITMQ, series, 1);
        if (!isWithoutAck(options)) unsettledOf(channel)?.add(tag, delivery);
        delivery.delivered();
      });
    };
  });
}

/** `ack(message, allUpTo)` and its like. */
export function settlingMessage(error: string | undefined): (original: Method) => Method {
  return (original) =>
    function settle(this: unknown, ...args) {
      const result = Reflect.apply(original, this, args);
      safely('an acknowledgement of amqplib', () => {
        const [message, allUpTo] = args;
        const tag = tagOf(message);
        if (tag === undefined || !isObject(this)) return;
        // The second argument of `reject()` is another.
        if (allUpTo === true && error !== 'reject') unsettled.get(this)?.settleUpTo(tag, error);
        else unsettled.get(this)?.settle(tag, error);
      });
      return result;
    };
}

/** `ackAll()` and `nackAll(requeue)`. */
export function settlingAll(error: string | undefined): (original: Method) => Method {
  return (original) =>
    function settle(this: unknown, ...args) {
      const result = Reflect.apply(original, this, args);
      if (isObject(this)) unsettled.get(this)?.settleUpTo(Number.POSITIVE_INFINITY, error);
      return result;
    };
}

function unsettledOf(channel: unknown): UnsettledDeliveries | undefined {
  if (!isObject(channel)) return undefined;
  const known = unsettled.get(channel);
  if (known !== undefined) return known;
  const made = new UnsettledDeliveries();
  unsettled.set(channel, made);
  const { once } = channel as { readonly once?: unknown };
  if (isMethod(once)) {
    const close = () => made.settleUpTo(Number.POSITIVE_INFINITY, CHANNEL_CLOSED);
    Reflect.apply(once, channel, ['close', close]);
  }
  return made;
}

function isWithoutAck(options: unknown): boolean {
  return isObject(options) && 'noAck' in options && Boolean(options.noAck);
}

function tagOf(message: unknown): number | undefined {
  const { fields } = isObject(message) ? (message as { readonly fields?: unknown }) : {};
  const { deliveryTag } = isObject(fields) ? (fields as { readonly deliveryTag?: unknown }) : {};
  return typeof deliveryTag === 'number' ? deliveryTag : undefined;
}
