import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { measuredRun } from '../../../../src/app/sources/messaging/kafka-consume.ts';
import { measuredSend } from '../../../../src/app/sources/messaging/kafka-send.ts';
import { kafkajs } from '../../../../src/app/sources/messaging/sources.ts';
import { measure } from './helpers/measured.ts';

test('promises of another realm, as under Jest, end what kafkajs sends and processes', async () => {
  const measured = measure(kafkajs);
  const settled: () => Promise<unknown> = runInNewContext('() => new Promise((resolve) => resolve([]))');
  await measuredSend(settled).call({}, { topic: 'mail', messages: [{}, {}] });
  const { eachMessage } = measuredRun('readers')((config) => config).call({}, { eachMessage: settled }) as {
    eachMessage(payload: object): Promise<unknown>;
  };
  await eachMessage({ topic: 'mail' });
  await measured.expect({
    'client.sent.messages send mail': 2,
    'client.operation.duration send mail': 1,
    'client.consumed.messages process mail': 1,
    'process.duration process mail': 1,
  });
  measured.stop();
});
