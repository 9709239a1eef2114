import { hookedPackage } from '../hooked-package.ts';
import { onDemand } from '../on-demand.ts';

/*
 * The sources of messaging clients. Each client's hook is in the file of its name, which loads with the first client.
 */

const code = onDemand<typeof import('./hooks.ts')>('app/sources/messaging/hooks');

const INSTEAD = 'queue.sending() and queue.processing()';

export const amqplib = hookedPackage({
  name: 'amqplib',
  // Both of amqplib's APIs take `connect()` out of this file as soon as they have loaded it.
  watched: ['amqplib/lib/connect.js'],
  instead: INSTEAD,
  hook: (loaded) => code().hookAmqplib(loaded),
});

export const kafkajs = hookedPackage({
  name: 'kafkajs',
  watched: ['kafkajs'],
  instead: INSTEAD,
  replaces: {
    scope: '@opentelemetry/instrumentation-kafkajs',
    metrics: [
      'messaging.client.operation.duration',
      'messaging.client.sent.messages',
      'messaging.client.consumed.messages',
      'messaging.process.duration',
    ],
  },
  hook: (loaded) => code().hookKafkajs(loaded),
});
