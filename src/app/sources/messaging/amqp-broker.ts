import { serverAttributes } from '../../instruments/queue-names.ts';
import { type Destination, exchangeDestination, queueDestination } from './amqp-destination.ts';
import {
  DeliverySeries,
  type OperationAttributes,
  OperationSeries,
  SendSeries,
  SeriesCache,
} from './series.ts';

export const RABBITMQ = 'rabbitmq';

/** A RabbitMQ, with the series of what clients do there. */
export class Broker {
  private readonly server: ReturnType<typeof serverAttributes>;
  private readonly published = new SeriesCache((attributes) => new SendSeries(attributes));
  private readonly delivered = new SeriesCache((attributes) => new DeliverySeries(attributes));
  private readonly fetched = new SeriesCache((attributes) => new OperationSeries(attributes, 'receive'));
  readonly connecting: OperationSeries;

  constructor(address: string | undefined, port: number | undefined) {
    this.server = serverAttributes(address, port);
    this.connecting = new OperationSeries(this.attributes('connect', {}));
  }

  publishing(exchange: string, routingKey: string): SendSeries {
    return this.published.get(`${exchange}\n${routingKey}`, () =>
      this.attributes('publish', exchangeDestination(exchange, routingKey)),
    );
  }

  /** @param operation `consume`, or `get` for a message that the application has asked for */
  delivering(queue: string, operation: 'consume' | 'get'): DeliverySeries {
    return this.delivered.get(`${operation}\n${queue}`, () =>
      this.attributes(operation, queueDestination(queue)),
    );
  }

  getting(queue: string): OperationSeries {
    return this.fetched.get(queue, () => this.attributes('get', queueDestination(queue)));
  }

  private attributes(operation: string, destination: Destination): OperationAttributes {
    return {
      'messaging.system.name': RABBITMQ,
      'messaging.operation.name': operation,
      ...destination,
      ...this.server,
    };
  }
}

/** The brokers so far. Beyond that a connection has series of its own, with the same attributes. */
const MAX_BROKERS = 100;
const brokers = new Map<string, Broker>();

export function brokerAt(address?: string, port?: number): Broker {
  const key = `${address} ${port}`;
  const known = brokers.get(key);
  if (known !== undefined) return known;
  const broker = new Broker(address, port);
  if (brokers.size < MAX_BROKERS) brokers.set(key, broker);
  return broker;
}
