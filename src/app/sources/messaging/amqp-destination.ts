import { destinations, templates } from '../../instruments/queue-names.ts';

/** One of the two, or neither. */
export interface Destination {
  readonly 'messaging.destination.name'?: string;
  readonly 'messaging.destination.template'?: string;
}

/** Clients reply to this queue, with an address behind its name. (RabbitMQ, "Direct Reply-to") */
const DIRECT_REPLY = 'amq.rabbitmq.reply-to';
/** A queue that the server has named. (RabbitMQ, "Queues": server-named queues) */
const SERVER_NAMED = /^amq\.gen-.*/;
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
/** A word of a routing key. */
const NUMBER = /(?<=^|\.)\d+(?=\.|$)/g;

/** The destination of messages that are published. (Semantic conventions, "RabbitMQ", note on the destination's name) */
export function exchangeDestination(exchange: string, routingKey: string): Destination {
  if (exchange === '') return routingKey === '' ? named('amq.default') : queueDestination(routingKey);
  if (routingKey === '') return named(exchange);
  return destination(
    `${exchange}:${routingKey}`,
    `${exchange}:${generic(routingKey).replace(NUMBER, '{id}')}`,
  );
}

/**
 * The queue that messages come from. The conventions would put exchange and routing key before it, for spans; the queue
 * alone says where messages wait, and has few names.
 */
export function queueDestination(queue: string): Destination {
  // A channel may consume from the queue that it has declared last by an empty name.
  if (queue === '') return {};
  return queue.startsWith(DIRECT_REPLY) ? named(DIRECT_REPLY) : destination(queue, generic(queue));
}

function destination(name: string, template: string): Destination {
  return name === template ? named(name) : { 'messaging.destination.template': templates.admit(template) };
}

function named(name: string): Destination {
  return { 'messaging.destination.name': destinations.admit(name) };
}

function generic(name: string): string {
  return name.replace(SERVER_NAMED, 'amq.gen-{id}').replace(UUID, '{uuid}');
}
