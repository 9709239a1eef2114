import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { startChild } from '../harness/child.ts';
import type { Exposition } from '../harness/exposition.ts';
import { startKafka } from '../harness/kafka.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { installPacked } from '../harness/packed-tarball.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRabbitmq } from '../harness/rabbitmq.ts';
import { inherited, startService } from '../harness/service.ts';

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

const PROGRAMS = join(import.meta.dirname, 'programs/official-messaging');
const PITOT = ['--import', 'pitot/instrumentation'];
const TRACING = ['--import', './tracing.mjs'];

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
    folder = await installPacked(lifetime, PACKAGES);
    await cp(PROGRAMS, folder, { recursive: true });
  });

  for (const app of ['app.cjs', 'app.mjs']) {
    let expected: unknown;

    test(`${app}: without pitot, to compare with`, async (t) => {
      const child = await startChild(t, process.execPath, {
        args: [...TRACING, app],
        cwd: folder,
        env: { ...inherited(), ...env },
      });
      expected = spansIn(await child.line(/^spans: (.*)$/, 60_000));
      assert.ok(Object.keys(Object(expected)).length >= 5, JSON.stringify(expected));
    });

    for (const { order, nodeArgs, isTraced } of [
      { order: 'pitot alone', nodeArgs: PITOT, isTraced: false },
      { order: 'pitot first', nodeArgs: [...PITOT, ...TRACING], isTraced: true },
      { order: 'pitot last', nodeArgs: [...TRACING, ...PITOT], isTraced: true },
    ]) {
      test(`${app}, ${order}: every message has its spans and is counted once`, async (t) => {
        const service = await startService(t, { nodeArgs, args: [app], cwd: folder, env });
        const spans = spansIn(await service.line(/^spans: (.*)$/, 60_000));
        assert.deepEqual(spans, isTraced ? expected : {});
        const exposition = await service.scrape();
        assert.deepEqual(messages(exposition), MESSAGES);
        assert.deepEqual(recordedByOthers(exposition), []);
      });
    }
  }
});

function spansIn([, spans = '']: RegExpExecArray): unknown {
  return JSON.parse(spans);
}

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

/** The metrics that an official instrumentation records: pitot has all of them. */
function recordedByOthers({ samples }: Exposition): readonly string[] {
  const names = samples
    .filter(({ labels }) => labels.otel_scope_name?.startsWith('@opentelemetry/'))
    .map(({ name }) => name);
  return [...new Set(names)];
}
