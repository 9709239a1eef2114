import { trackManualMeasurements } from '../../instruments/manual-measurement.ts';
import { type HookedPackageOptions, hookedPackage } from '../hooked-package.ts';
import { onDemand } from '../on-demand.ts';
import type { Source } from '../source.ts';

/*
 * The sources of messaging clients. What they do with a client is in the file of its name, which is loaded with the client.
 */

const code = onDemand<typeof import('./hooks.ts')>('app/sources/messaging/hooks');

export const amqplib = hookedClient({
  name: 'amqplib',
  // Both of amqplib's APIs take `connect()` out of this file as soon as they have loaded it.
  watched: ['amqplib/lib/connect.js'],
  hook: (loaded) => code().hookAmqplib(loaded),
});

export const kafkajs = hookedClient({
  name: 'kafkajs',
  watched: ['kafkajs'],
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

/** A source that replaces methods of a messaging client, as soon as the application has loaded it. */
function hookedClient(options: Omit<HookedPackageOptions, 'instead'>): Source {
  const source = hookedPackage({ ...options, instead: 'queue.sending() and queue.processing()' });
  return {
    ...source,
    start(meterProvider, measuring) {
      trackManualMeasurements();
      return source.start(meterProvider, measuring);
    },
  };
}
