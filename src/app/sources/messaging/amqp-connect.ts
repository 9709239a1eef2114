import { errorType } from '../../../base/error-type.ts';
import { safely } from '../../../base/safely.ts';
import { isMethod, isObject, type Method } from '../../patching/replace-method.ts';
import { type Broker, brokerAt } from './amqp-broker.ts';

/** By amqplib's connection, which a channel has. */
const brokers = new WeakMap<object, Broker>();

/** `connect(url, options, callback)`, on which both of amqplib's APIs rest. */
export function measuredConnect(original: Method): Method {
  return function connect(this: unknown, ...args) {
    const [url, options, callback] = args;
    const broker = safely('a connection of amqplib', () => brokerOf(url));
    if (broker === undefined || !isMethod(callback)) return Reflect.apply(original, this, args);
    const startedAt = performance.now();
    let isOver = false;
    const opened: Method = function (this: unknown, ...results) {
      safely('a connection of amqplib', () => {
        const [error, connection] = results;
        if (isObject(connection)) brokers.set(connection, broker);
        else if (!isOver) broker.connecting.end(startedAt, errorType(error));
        isOver = true;
      });
      return Reflect.apply(callback, this, results);
    };
    return Reflect.apply(original, this, [url, options, opened]);
  };
}

/** The broker of a channel; one without an address if amqplib had connected before pitot started. */
export function brokerOfChannel(channel: unknown): Broker {
  const connection: unknown = isObject(channel) ? Reflect.get(channel, 'connection') : undefined;
  return (isObject(connection) ? brokers.get(connection) : undefined) ?? brokerAt();
}

/** As amqplib reads its URL, which may be an object of the parts. */
function brokerOf(url: unknown): Broker {
  const { protocol, hostname, port }: UrlParts =
    typeof url === 'string' ? new URL(url) : isObject(url) ? url : { hostname: 'localhost' };
  if (typeof hostname !== 'string' || hostname === '') return brokerAt();
  const isSecure = typeof protocol === 'string' && protocol.startsWith('amqps');
  return brokerAt(hostname.replace(/^\[|\]$/g, ''), Number(port) || (isSecure ? 5671 : 5672));
}

interface UrlParts {
  readonly protocol?: unknown;
  readonly hostname?: unknown;
  readonly port?: unknown;
}
