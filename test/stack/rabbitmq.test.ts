import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, before, describe, test } from 'node:test';
import type * as Amqplib from 'amqplib';
import type * as CallbackApi from 'amqplib/callback_api';
import { amqplib as source } from '../../src/app/sources/messaging/sources.ts';
import { queue } from '../../src/instruments.ts';
import { measure, require } from '../app/sources/messaging/helpers/measured.ts';
import type { DatabaseServer } from '../harness/database-server.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { startRabbitmq } from '../harness/rabbitmq.ts';
import { installed } from './helpers/installed.ts';

describe('amqplib with a real RabbitMQ', { skip: skipWithout('rabbitmq-server', 'epmd') }, () => {
  const lifetime = lifetimeOfSuite();
  const measured = measure(source);
  const amqplib: typeof Amqplib = require('amqplib');
  const callbacks: typeof CallbackApi = require('amqplib/callback_api');
  let server: DatabaseServer;
  let connection: Amqplib.ChannelModel;
  let channel: Amqplib.Channel;

  before(async () => {
    server = await startRabbitmq(lifetime);
    connection = await amqplib.connect(`amqp://127.0.0.1:${server.port}`);
    // It loses its server at the end.
    connection.on('error', () => {});
    channel = await connection.createChannel();
  });
  afterEach(() => measured.counted());

  async function queueNamed(name: string): Promise<string> {
    return (await channel.assertQueue(name, { durable: false })).queue;
  }

  /** Consumes that many messages, then stops. */
  async function consumed(
    name: string,
    count: number,
    handle: (message: Amqplib.ConsumeMessage) => unknown,
    options?: Amqplib.Options.Consume,
  ): Promise<void> {
    const events = new EventEmitter();
    let left = count;
    const { consumerTag } = await channel.consume(
      name,
      (message) => {
        if (message === null) return undefined;
        if (--left === 0) setImmediate(() => events.emit('done'));
        return handle(message);
      },
      options,
    );
    await once(events, 'done');
    await channel.cancel(consumerTag);
  }

  test('messages are counted where they are sent, where they are consumed, and by how they were settled', async () => {
    await queueNamed('mail');
    for (let i = 0; i < 7; i++) channel.sendToQueue('mail', Buffer.from(String(i)));
    const settle = [
      (message: Amqplib.Message) => channel.ack(message),
      (message: Amqplib.Message) => channel.nack(message, false, false),
      (message: Amqplib.Message) => channel.reject(message, false),
      () => {},
      () => {},
      () => {},
      () => channel.ackAll(),
    ];
    await consumed('mail', 7, (message) => settle[Number(message.content.toString())]?.(message));
    await measured.expect({
      'client.sent.messages publish mail': 7,
      'client.consumed.messages consume mail': 7,
      'process.duration consume mail': 5,
      'process.duration consume mail nack': 1,
      'process.duration consume mail reject': 1,
    });
    assert.deepEqual(await measured.common(), {
      'messaging.system.name': 'rabbitmq',
      'messaging.destination.name': 'mail',
      'server.address': '127.0.0.1',
      'server.port': server.port,
    });
  });

  test('on a confirm channel a message is an operation, with or without a callback of its own', async () => {
    await queueNamed('orders');
    const confirming = await connection.createConfirmChannel();
    let confirmations = 0;
    for (let i = 0; i < 10; i++) {
      confirming.sendToQueue('orders', Buffer.from('x'), {}, (error) => {
        if (error === null) confirmations++;
      });
    }
    for (let i = 0; i < 5; i++) confirming.publish('', 'orders', Buffer.from('x'));
    await confirming.waitForConfirms();
    assert.equal(confirmations, 10);
    await measured.expect({
      'client.sent.messages publish orders': 15,
      'client.operation.duration publish orders': 15,
    });
    await confirming.close();
    assert.throws(() => confirming.sendToQueue('orders', Buffer.from('x')), {
      name: 'IllegalOperationError',
    });
    await measured.expect({
      'client.sent.messages publish orders IllegalOperationError': 1,
      'client.operation.duration publish orders IllegalOperationError': 1,
    });
  });

  test('a message that the broker refuses, or never confirms, is one that failed', async () => {
    await channel.assertQueue('full', {
      durable: false,
      maxLength: 1,
      arguments: { 'x-overflow': 'reject-publish' },
    });
    const confirming = await connection.createConfirmChannel();
    confirming.on('error', () => {});
    for (let i = 0; i < 3; i++) confirming.sendToQueue('full', Buffer.from('x'));
    await assert.rejects(confirming.waitForConfirms(), /nacked/);
    confirming.publish('no such exchange', 'key', Buffer.from('x'));
    await closed(confirming);
    await measured.expect({
      'client.sent.messages publish full': 1,
      'client.sent.messages publish full nack': 2,
      'client.sent.messages publish _OTHER channel-closed': 1,
      'client.operation.duration publish full': 1,
      'client.operation.duration publish full nack': 2,
      'client.operation.duration publish _OTHER channel-closed': 1,
    });
  });

  test('the destination of a message has its exchange and routing key, and an id in it makes no series', async () => {
    await channel.assertExchange('shop', 'topic', { durable: false });
    const events = await queueNamed('');
    assert.match(events, /^amq\.gen-/);
    await channel.bindQueue(events, 'shop', '#');
    for (const key of ['order.created', 'order.1.paid', 'order.2.paid', '']) {
      channel.publish('shop', key, Buffer.from('x'));
    }
    for (let i = 0; i < 3; i++) channel.sendToQueue(`replies-${crypto.randomUUID()}`, Buffer.from('x'));
    channel.sendToQueue(events, Buffer.from('x'));
    channel.publish('', '', Buffer.from('x'));
    await consumed(events, 5, (message) => channel.ack(message));
    await measured.expect({
      'client.sent.messages publish shop:order.created': 1,
      'client.sent.messages publish shop:order.{id}.paid': 2,
      'client.sent.messages publish shop': 1,
      'client.sent.messages publish replies-{uuid}': 3,
      'client.sent.messages publish amq.gen-{id}': 1,
      'client.sent.messages publish amq.default': 1,
      'client.consumed.messages consume amq.gen-{id}': 5,
      'process.duration consume amq.gen-{id}': 5,
    });
  });

  test('a remote call by a direct reply counts under one name', async () => {
    await queueNamed('calls');
    const replied = new EventEmitter();
    await channel.consume('amq.rabbitmq.reply-to', () => replied.emit('reply'), { noAck: true });
    channel.sendToQueue('calls', Buffer.from('x'), { replyTo: 'amq.rabbitmq.reply-to' });
    const reply = once(replied, 'reply');
    await consumed('calls', 1, (message) => {
      channel.sendToQueue(message.properties.replyTo, Buffer.from('y'));
      channel.ack(message);
    });
    await reply;
    await measured.expect({
      'client.sent.messages publish calls': 1,
      'client.sent.messages publish amq.rabbitmq.reply-to': 1,
      'client.consumed.messages consume calls': 1,
      'client.consumed.messages consume amq.rabbitmq.reply-to': 1,
      'process.duration consume calls': 1,
      'process.duration consume amq.rabbitmq.reply-to': 1,
    });
  });

  test('without acknowledgements the processing ends with the callback, also with an async one', async () => {
    await queueNamed('news');
    const send = (count: number) => {
      for (let i = 0; i < count; i++) channel.sendToQueue('news', Buffer.from('x'));
    };
    send(2);
    await consumed('news', 2, () => {}, { noAck: true });
    await measured.expect({
      'client.sent.messages publish news': 2,
      'client.consumed.messages consume news': 2,
      'process.duration consume news': 2,
    });
    send(1);
    const processing = new EventEmitter();
    const callback = async () => {
      await once(processing, 'go');
      processing.emit('gone');
    };
    const { consumerTag } = await channel.consume('news', callback, { noAck: true });
    await channel.cancel(consumerTag);
    await measured.expect({
      'client.sent.messages publish news': 1,
      'client.consumed.messages consume news': 1,
    });
    processing.emit('go');
    await new Promise((resolve) => setImmediate(resolve));
    await measured.expect({ 'process.duration consume news': 1 });
  });

  test('a message that the application asks for is an operation, and an empty queue is one without a message', async () => {
    await queueNamed('jobs');
    channel.sendToQueue('jobs', Buffer.from('x'));
    const message = await channel.get('jobs');
    assert.ok(message);
    assert.equal(await channel.get('jobs'), false);
    channel.ack(message);
    await measured.expect({
      'client.sent.messages publish jobs': 1,
      'client.consumed.messages get jobs': 1,
      'client.operation.duration get jobs': 2,
      'process.duration get jobs': 1,
    });
  });

  test('what the application measures itself counts once', async () => {
    await queueNamed('own');
    const own = { system: 'rabbitmq', name: 'own' };
    queue.sending(own, () => channel.sendToQueue('own', Buffer.from('x')));
    await consumed('own', 1, (message) => {
      const result = queue.processing(own, () => 'done');
      channel.ack(message);
      return result;
    });
    await measured.expect({
      'client.sent.messages send own': 1,
      'client.operation.duration send own': 1,
      'client.consumed.messages process own': 1,
      'process.duration process own': 1,
    });
  });

  test('a channel that closes fails what was not acknowledged, and so does a callback that throws', async () => {
    await queueNamed('work');
    for (let i = 0; i < 3; i++) channel.sendToQueue('work', Buffer.from('x'));
    await channel.checkQueue('work');
    const worker = await connection.createChannel();
    worker.on('error', () => {});
    await worker.prefetch(3);
    let seen = 0;
    await worker.consume('work', () => {
      if (++seen === 3) throw new RangeError('the third');
    });
    await closed(worker);
    await measured.expect({
      'client.sent.messages publish work': 3,
      'client.consumed.messages consume work': 3,
      'process.duration consume work channel-closed': 2,
      'process.duration consume work RangeError': 1,
    });
  });

  test('channels with callbacks are measured alike', async () => {
    const [opened] = await promised<[CallbackApi.Connection]>((done) =>
      callbacks.connect(`amqp://127.0.0.1:${server.port}`, (error, model) => done(error, [model])),
    );
    const [confirming] = await promised<[CallbackApi.ConfirmChannel]>((done) => {
      opened.createConfirmChannel((error, made) => done(error, [made]));
    });
    await promised<void>((done) =>
      confirming.assertQueue('plain', { durable: false }, (error) => done(error)),
    );
    await promised<void>((done) => {
      confirming.sendToQueue('plain', Buffer.from('x'), {}, (error) => done(error));
    });
    const message = await promised<CallbackApi.GetMessage | false>((done) => {
      confirming.get('plain', {}, (error, got) => done(error, got));
    });
    assert.ok(message);
    confirming.nack(message, false, true);
    await promised<void>((done) => {
      confirming.consume('plain', (again) => {
        if (again !== null) confirming.ack(again);
        done(null);
      });
    });
    await promised<void>((done) => opened.close(() => done(null)));
    await measured.expect({
      'client.sent.messages publish plain': 1,
      'client.consumed.messages get plain': 1,
      'client.consumed.messages consume plain': 1,
      'client.operation.duration publish plain': 1,
      'client.operation.duration get plain': 1,
      'process.duration get plain nack': 1,
      'process.duration consume plain': 1,
    });
  });

  for (const version of ['0.10.0', '0.10.9', '1.2.0']) {
    test(`amqplib ${version} is measured alike`, async () => {
      const folder = await installed([`amqplib@${version}`]);
      const older: typeof Amqplib = createRequire(join(folder, 'package.json'))('amqplib');
      const model = await older.connect(`amqp://127.0.0.1:${server.port}`);
      const confirming = await model.createConfirmChannel();
      await confirming.assertQueue('older', { durable: false });
      confirming.sendToQueue('older', Buffer.from('x'));
      confirming.sendToQueue('older', Buffer.from('y'));
      await confirming.waitForConfirms();
      const plain = await model.createChannel();
      const message = await plain.get('older');
      assert.ok(message);
      plain.ack(message);
      await new Promise<void>((resolve) => {
        void plain.consume('older', (next) => {
          if (next !== null) plain.reject(next, false);
          resolve();
        });
      });
      // A connection that closes may overtake what its channels have to write.
      await plain.close();
      await model.close();
      await measured.expect({
        'client.sent.messages publish older': 2,
        'client.consumed.messages get older': 1,
        'client.consumed.messages consume older': 1,
        'client.operation.duration publish older': 2,
        'client.operation.duration get older': 1,
        'process.duration get older': 1,
        'process.duration consume older reject': 1,
      });
    });
  }

  test('a broker that is away is failed attempts to connect', async () => {
    await server.kill();
    for (let i = 0; i < 3; i++) {
      await assert.rejects(amqplib.connect({ hostname: '127.0.0.1', port: server.port }), {
        code: 'ECONNREFUSED',
      });
    }
    await measured.expect({ 'client.operation.duration connect ECONNREFUSED': 3 });
  });

  test('once it is stopped nothing is counted', async () => {
    measured.stop();
    await assert.rejects(amqplib.connect(`amqp://127.0.0.1:${server.port}`));
    await measured.expect({});
  });
});

/** A channel that fails emits `error` before, for which `once()` of `node:events` would reject. */
function closed(channel: EventEmitter): Promise<void> {
  return new Promise((resolve) => channel.once('close', resolve));
}

function promised<R>(work: (done: (error: unknown, result?: R) => void) => void): Promise<R> {
  return new Promise((resolve, reject) => {
    work((error, result) => (error ? reject(error) : resolve(result as R)));
  });
}
