import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { defineMetrics } from '../define/define.ts';

const QUEUE = {
  'messaging.system.name': {
    type: 'string',
    description: 'The messaging system, as `bullmq` or `rabbitmq`.',
  },
  'messaging.destination.name': { type: 'string', description: 'The name of the queue.' },
} as const;

/** A message is sent to a destination, which is not always a queue. One of the two is there, if it is known. */
const DESTINATION = {
  'messaging.destination.name': {
    type: 'string',
    optional: true,
    description: "The name of the queue or topic; of RabbitMQ's publishers, `exchange:routing key`.",
  },
  'messaging.destination.template': {
    type: 'string',
    optional: true,
    description: 'Instead of a name with an id in it: the name with `{id}`, as `amq.gen-{id}`.',
  },
} as const;

const OPERATION = {
  'messaging.system.name': QUEUE['messaging.system.name'],
  ...DESTINATION,
  'messaging.operation.name': { type: 'string', description: 'The operation, as the system calls it.' },
} as const;

const SERVER = {
  'server.address': { type: 'string', optional: true, description: 'The host of the broker.' },
  'server.port': { type: 'number', optional: true, description: 'Its port.' },
} as const;

const CONSUMER = {
  'messaging.consumer.group.name': {
    type: 'string',
    optional: true,
    description: 'The consumer group, as of Kafka.',
  },
  'messaging.destination.subscription.name': {
    type: 'string',
    optional: true,
    description: 'The subscription of a topic, as of Pub/Sub or Pulsar.',
  },
} as const;

const FAILING = {
  'error.type': { type: 'string', optional: true, description: 'Of a failure: its code or class.' },
} as const;

/** Those that the conventions want for durations, in seconds. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

export const messagingMetrics = defineMetrics(
  'messaging',
  {
    'client.sent.messages': {
      kind: 'counter',
      unit: '{message}',
      description: 'Number of messages producer attempted to send to the broker.',
      attributes: { ...OPERATION, ...SERVER, ...FAILING },
    },
    'client.operation.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of messaging operation initiated by a producer or consumer client.',
      attributes: {
        ...OPERATION,
        'messaging.operation.type': {
          type: 'string',
          optional: true,
          known: ['send', 'receive'],
          description: 'The kind of the operation. Connecting is of none.',
        },
        ...SERVER,
        ...FAILING,
      },
      boundaries: BOUNDARIES,
    },
    'client.consumed.messages': {
      kind: 'counter',
      unit: '{message}',
      description: 'Number of messages that were delivered to the application.',
      attributes: { ...OPERATION, ...CONSUMER, ...SERVER },
    },
    'process.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of processing operation.',
      attributes: { ...OPERATION, ...CONSUMER, ...SERVER, ...FAILING },
      boundaries: BOUNDARIES,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Queues: messages',
    introduction: 'By `queue` of `pitot/instruments`, and by the sources of messaging clients.',
  },
);

/** Metrics that the conventions lack. */
export const queueMetrics = defineMetrics(
  'queue',
  {
    depth: {
      kind: 'observableUpDownCounter',
      unit: '{message}',
      description: 'Number of messages in the queue.',
      attributes: {
        ...QUEUE,
        'queue.state': { type: 'string', optional: true, known: ['waiting', 'active', 'delayed', 'failed'] },
      },
    },
    'wait.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'How long messages had waited when their processing began.',
      attributes: QUEUE,
      boundaries: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600],
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Queues: depth and waiting',
    introduction: 'By `queue` of `pitot/instruments`.',
  },
);
