import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import OpenAI from 'openai';
import { llm } from '../../../src/instruments.ts';
import { json, startApi } from './helpers/llm-api.ts';
import { assertOneAnswer, chat, measuredClient, QUESTION, STREAM } from './helpers/llm-openai-client.ts';

test('the retries of a call are one operation', async (t) => {
  let refusals = 2;
  const { client, collect, called, answered, requests } = await measuredClient(t, (request, response) => {
    if (refusals-- > 0) {
      response.setHeader('retry-after-ms', '1');
      return json(response, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, 429);
    }
    return chat(request, response);
  });
  await client.chat.completions.create(QUESTION);
  assert.equal(requests.length, 3);
  assertOneAnswer(await collect(), answered, called('chat', 'gpt-5'));
});

test('a call that fails has the code of its error, which reaches the caller', async (t) => {
  const { client, collect, called, server } = await measuredClient(t, (_request, response) =>
    json(response, { error: { message: 'no such model', code: 'model_not_found' } }, 404),
  );
  await assert.rejects(async () => client.chat.completions.create(QUESTION), OpenAI.NotFoundError);
  await assert.rejects(client.chat.completions.create(QUESTION).asResponse(), { status: 404 });
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [
    [{ ...called('chat', 'gpt-5'), ...server, 'error.type': 'model_not_found' }, 2],
  ]);
  assert.deepEqual(collected.sums('llm.operation.active'), [[called('chat', 'gpt-5'), 0]]);
});

test('an API that is not there is the type of error that the client gives', async (t) => {
  const { client, collect } = await measuredClient(t);
  const away = llm.openai(new OpenAI({ apiKey: 'key', baseURL: 'http://127.0.0.1:1/v1', maxRetries: 0 }));
  await assert.rejects(async () => away.chat.completions.create(QUESTION), OpenAI.APIConnectionError);
  await assert.rejects(
    async () => client.chat.completions.create(QUESTION, { signal: AbortSignal.abort() }),
    OpenAI.APIUserAbortError,
  );
  assert.deepEqual(
    (await collect()).counts('gen_ai.client.operation.duration').map(([series]) => series['error.type']),
    ['APIConnectionError', 'APIUserAbortError'],
  );
});

test('a promise of another realm, as under Jest, is followed until it settles', async (t) => {
  const { collect } = await measuredClient(t);
  const refused: () => Promise<unknown> = runInNewContext('async () => { throw { code: "full" } }');
  const completions = { create: refused };
  llm.openai({ baseURL: 'http://127.0.0.1:1/v1', chat: { completions } });
  await assert.rejects(completions.create(), { code: 'full' });
  assert.deepEqual(
    (await collect()).counts('gen_ai.client.operation.duration').map(([series]) => series['error.type']),
    ['full'],
  );
});

for (const use of ['', '.then(() => {})', '.asResponse()']) {
  test(`an unhandled failure, create()${use}, ends the process as it does without measuring`, async (t) => {
    const { url } = await startApi(t, (_request, response) =>
      json(response, { error: { code: 'nope' } }, 400),
    );
    const program = (measure: string) => `
      import OpenAI from 'openai';
      import { llm } from ${JSON.stringify(new URL('../../../src/instruments.ts', import.meta.url).href)};
      const client = new OpenAI({ apiKey: 'key', baseURL: ${JSON.stringify(url)}, maxRetries: 0 });
      ${measure}
      process.on('exit', (code) => console.log('ends with', code));
      client.chat.completions.create({ model: 'gpt-5', messages: [] })${use};
    `;
    const run = (measure: string) =>
      promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program(measure)]).then(
        () => assert.fail('a failure that nobody handles did not end the process'),
        ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
      );
    assert.deepEqual(await run('llm.openai(client);'), await run(''));
  });
}

test('a failure that is handled by any one way is handled', async (t) => {
  const { client } = await measuredClient(t, (_request, response) =>
    json(response, { error: { message: 'no', code: 'nope' } }, 400),
  );
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => void unhandled.push(reason);
  process.on('unhandledRejection', listener);
  t.after(() => process.off('unhandledRejection', listener));
  for (const handled of [
    () => client.chat.completions.create(QUESTION).catch(() => {}),
    () => client.chat.completions.create(QUESTION).then(undefined, () => {}),
    () =>
      client.chat.completions
        .create(QUESTION)
        .withResponse()
        .catch(() => {}),
    () =>
      client.chat.completions
        .create(QUESTION)
        .asResponse()
        .catch(() => {}),
    () => client.chat.completions.parse(QUESTION).catch(() => {}),
    () => client.chat.completions.create(STREAM).catch(() => {}),
    () => client.embeddings.create({ model: 'small', input: 'so' }).catch(() => {}),
  ]) {
    await handled();
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(unhandled, []);
});
