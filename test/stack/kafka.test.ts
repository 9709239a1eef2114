import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import type * as Kafkajs from 'kafkajs';
import { kafkajs as source } from '../../src/app/sources/messaging/sources.ts';
import { queue } from '../../src/instruments.ts';
import { measure, require } from '../app/sources/messaging/helpers/measured.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { startKafka } from '../harness/kafka.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';

describe('kafkajs with a real Kafka', { skip: skipWithout('kafka') }, () => {
  const lifetime = lifetimeOfSuite();
  const measured = measure(source);
  const { Kafka, logLevel, Partitioners }: typeof Kafkajs = require('kafkajs');
  const { DefaultPartitioner } = Partitioners;
  let server: DatabaseServer;
  let kafka: Kafkajs.Kafka;
  let producer: Kafkajs.Producer;

  before(async () => {
    server = await startKafka(lifetime);
    kafka = kafkaWith(10);
    producer = kafka.producer({ createPartitioner: DefaultPartitioner });
    await producer.connect();
    const admin = kafka.admin();
    await admin.connect();
    const names = ['mail', 'news', 'orders', 'batches', 'own', 'failing'];
    await admin.createTopics({ topics: names.map((topic) => ({ topic, numPartitions: 1 })) });
    await admin.disconnect();
  });
  afterEach(() => measured.counted());

  function kafkaWith(retries: number): Kafkajs.Kafka {
    return new Kafka({
      brokers: [`127.0.0.1:${server.port}`],
      logLevel: logLevel.NOTHING,
      retry: { retries, initialRetryTime: 50, maxRetryTime: 500 },
    });
  }

  function messages(count: number): Kafkajs.Message[] {
    return Array.from({ length: count }, (_, i) => ({ value: String(i) }));
  }

  /** Runs a consumer of a topic until `isDone` after a message or a batch, and then to its end. */
  async function consume(
    topic: string,
    config: (done: () => void) => Kafkajs.ConsumerRunConfig,
  ): Promise<void> {
    const consumer = kafka.consumer({ groupId: `${topic}-readers`, maxWaitTimeInMs: 50 });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.run(config(resolve)).catch(reject);
    });
    await consumer.disconnect();
  }

  test('messages are counted by their topic where they are sent, and by their group where they are consumed', async () => {
    await producer.send({ topic: 'mail', messages: messages(3) });
    await producer.send({ topic: 'mail', messages: messages(2) });
    let left = 5;
    await consume('mail', (done) => ({
      eachMessage: async () => {
        left--;
        if (left === 0) done();
      },
    }));
    await measured.expect({
      'client.sent.messages send mail': 5,
      'client.operation.duration send mail': 2,
      'client.consumed.messages process mail': 5,
      'process.duration process mail': 5,
    });
    assert.deepEqual(await measured.common(), {
      'messaging.system.name': 'kafka',
      'messaging.destination.name': 'mail',
    });
    assert.deepEqual(await measured.values('messaging.consumer.group.name'), ['mail-readers']);
  });

  test('a batch to several topics is one operation, and a batch that is consumed is processed at once', async () => {
    const topicMessages = [
      { topic: 'batches', messages: messages(4) },
      { topic: 'news', messages: messages(2) },
      { topic: 'batches', messages: messages(3) },
    ];
    await producer.sendBatch({ topicMessages });
    let batches = 0;
    let left = 7;
    await consume('batches', (done) => ({
      eachBatch: async ({ batch }) => {
        batches++;
        left -= batch.messages.length;
        if (left === 0) done();
      },
    }));
    await measured.expect({
      'client.sent.messages send batches': 7,
      'client.sent.messages send news': 2,
      'client.operation.duration send': 1,
      'client.consumed.messages process batches': 7,
      'process.duration process batches': batches,
    });
  });

  test('messages of transactions are counted, committed or not', async () => {
    const transactional = kafka.producer({
      createPartitioner: DefaultPartitioner,
      transactionalId: 'shop',
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await transactional.connect();
    const committed = await transactional.transaction();
    await committed.send({ topic: 'orders', messages: messages(2) });
    await committed.commit();
    const aborted = await transactional.transaction();
    await aborted.sendBatch({ topicMessages: [{ topic: 'orders', messages: messages(1) }] });
    await aborted.abort();
    await assert.rejects(aborted.send({ topic: 'orders', messages: messages(1) }));
    await transactional.disconnect();
    await measured.expect({
      'client.sent.messages send orders': 3,
      'client.sent.messages send orders KafkaJSNonRetriableError': 1,
      'client.operation.duration send orders': 2,
      'client.operation.duration send orders KafkaJSNonRetriableError': 1,
    });
  });

  test("a message that is not sent has Kafka's own error, and a processing that fails has the application's", async () => {
    const impatient = kafkaWith(1).producer({ createPartitioner: DefaultPartitioner, retry: { retries: 1 } });
    await impatient.connect();
    await assert.rejects(impatient.send({ topic: 'no such topic', messages: messages(1) }));
    await impatient.disconnect();
    await producer.send({ topic: 'failing', messages: messages(1) });
    const consumer = kafka.consumer({
      groupId: 'failing-readers',
      maxWaitTimeInMs: 50,
      retry: { retries: 0 },
    });
    await consumer.subscribe({ topic: 'failing', fromBeginning: true });
    const crashed = new Promise((resolve) => consumer.on(consumer.events.CRASH, resolve));
    await consumer.run({ eachMessage: () => Promise.reject(new RangeError('no')) });
    await crashed;
    await consumer.disconnect();
    await measured.expect({
      'client.sent.messages send _OTHER INVALID_TOPIC_EXCEPTION': 1,
      'client.sent.messages send failing': 1,
      'client.operation.duration send _OTHER INVALID_TOPIC_EXCEPTION': 1,
      'client.operation.duration send failing': 1,
      'client.consumed.messages process failing': 1,
      'process.duration process failing RangeError': 1,
    });
  });

  test('what the application measures itself counts once', async () => {
    const own = { system: 'kafka', name: 'own' };
    await queue.sending(own, () => producer.send({ topic: 'own', messages: messages(1) }));
    await consume('own', (done) => ({
      eachMessage: async () => queue.processing(own, done),
    }));
    await measured.expect({
      'client.sent.messages send own': 1,
      'client.operation.duration send own': 1,
      'client.consumed.messages process own': 1,
      'process.duration process own': 1,
    });
  });

  test('a broker that is away is failed attempts to connect, and messages that failed', async () => {
    const other = kafkaWith(1).producer({ createPartitioner: DefaultPartitioner });
    await other.connect();
    await server.kill();
    await assert.rejects(other.send({ topic: 'mail', messages: messages(2) }));
    await assert.rejects(kafkaWith(0).producer({ createPartitioner: DefaultPartitioner }).connect());
    await other.disconnect();
    await measured.expect({
      'client.sent.messages send mail ECONNREFUSED': 2,
      'client.operation.duration send mail ECONNREFUSED': 1,
      'client.operation.duration connect ECONNREFUSED': 1,
    });
    await producer.disconnect();
  });

  test('a client that is made once the source is stopped counts nothing', async () => {
    measured.stop();
    await assert.rejects(kafkaWith(0).producer({ createPartitioner: DefaultPartitioner }).connect());
    await measured.expect({});
  });
});
