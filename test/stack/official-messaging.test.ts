import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Exposition } from '../harness/exposition.ts';
import { startKafka } from '../harness/kafka.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRabbitmq } from '../harness/rabbitmq.ts';
import {
  installOfficial,
  ORDERS,
  recordedByOfficial,
  runWithPitot,
  spansWithoutPitot,
} from './helpers/official.ts';

/*
 * An application with the clients of RabbitMQ and Kafka beside the official instrumentations of OpenTelemetry, as
 * installed packages, in every order of loading: each message makes as many spans as without pitot, and counts once.
 */
const PACKAGES = [
  '@opentelemetry/instrumentation-amqplib@0.71.0',
  '@opentelemetry/instrumentation-kafkajs@0.33.0',
  ...['amqplib@2.3.1', 'kafkajs@2.2.4'],
];

/** Ten messages with each client, and ten more of RabbitMQ without confirmations and acknowledgements. */
const MESSAGES = {
  'kafka process consumed': 10,
  'kafka process processed': 10,
  'kafka send sent': 10,
  'kafka send timed': 10,
  'rabbitmq consume consumed': 20,
  'rabbitmq consume processed': 20,
  'rabbitmq publish sent': 20,
  'rabbitmq publish timed': 10,
};
const METRICS: Readonly<Record<string, string>> = {
  messaging_client_sent_messages_total: 'sent',
  messaging_client_consumed_messages_total: 'consumed',
  messaging_client_operation_duration_seconds_count: 'timed',
  messaging_process_duration_seconds_count: 'processed',
};

describe('beside the official instrumentations of messaging', {
  skip: skipWithout('rabbitmq-server', 'epmd', 'kafka'),
}, () => {
  const lifetime = lifetimeOfSuite();
  const env: Record<string, string> = {};
  let folder: string;

  before(async () => {
    const [rabbitmq, kafka] = await Promise.all([startRabbitmq(lifetime), startKafka(lifetime)]);
    env.RABBITMQ_PORT = String(rabbitmq.port);
    env.KAFKA_PORT = String(kafka.port);
    folder = await installOfficial(lifetime, 'messaging', PACKAGES);
  });

  for (const app of ['app.cjs', 'app.mjs']) {
    let expected: unknown;

    test(`${app}: without pitot, to compare with`, async (t) => {
      expected = await spansWithoutPitot(t, { folder, app, env });
      assert.ok(Object.keys(Object(expected)).length >= 5, JSON.stringify(expected));
    });

    for (const { order, nodeArgs, isTraced } of ORDERS) {
      test(`${app}, ${order}: every message has its spans and is counted once`, async (t) => {
        const { spans, exposition } = await runWithPitot(t, { folder, app, env, nodeArgs });
        assert.deepEqual(spans, isTraced ? expected : {});
        assert.deepEqual(messages(exposition), MESSAGES);
        assert.deepEqual(recordedByOfficial(exposition), []);
      });
    }
  }
});

function messages({ samples }: Exposition): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name, labels, value } of samples) {
    const metric = METRICS[name];
    if (metric === undefined) continue;
    const key = `${labels.messaging_system_name} ${labels.messaging_operation_name} ${metric}`;
    counts[key] = (counts[key] ?? 0) + value;
  }
  return counts;
}
