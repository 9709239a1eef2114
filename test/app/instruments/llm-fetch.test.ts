import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import OpenAI from 'openai';
import { llm } from '../../../src/instruments.ts';
import { until } from '../../harness/until.ts';
import { registerStockProvider } from './helpers/collected.ts';
import { type Answer, CHUNKS, COMPLETION, events, json, startApi } from './helpers/llm-api.ts';

const DURATION = 'gen_ai.client.operation.duration';

const chat: Answer = ({ body }, response) =>
  body.stream === true ? events(response, CHUNKS) : json(response, COMPLETION);

async function measuredFetch(t: TestContext, answer: Answer = chat) {
  const collect = registerStockProvider();
  const { url, port } = await startApi(t, answer);
  const called = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5',
  };
  const answered = {
    ...called,
    'gen_ai.response.model': 'gpt-5-2026',
    'server.address': '127.0.0.1',
    'server.port': port,
  };
  const post = (path: string, body: object, init: RequestInit = {}) =>
    llm.fetch()(`${url}${path}`, { method: 'POST', body: JSON.stringify(body), ...init });
  /** The recordings of operations that ended; they may end a little after their reader's last chunk. */
  const ended = (count: number) =>
    until(
      async () => {
        const collected = await collect();
        const total = collected.counts(DURATION).reduce((sum, [, each]) => sum + each, 0);
        return total >= count ? collected : undefined;
      },
      { what: `${count} operations` },
    );
  return { url, collect, ended, post, called, answered };
}

const tokens = (histograms: [object, { count: number; sum: number | undefined }][]) =>
  histograms.map(([, { sum }]) => sum);

test('a request is an operation, and its response is the one that came', async (t) => {
  const { url, post, ended, called, answered } = await measuredFetch(t);
  const response = await post('/chat/completions', { model: 'gpt-5' });
  assert.equal(response.url, `${url}/chat/completions`);
  assert.deepEqual(await response.json(), COMPLETION);
  const collected = await ended(1);
  assert.deepEqual(collected.counts(DURATION), [[answered, 1]]);
  assert.deepEqual(tokens(collected.histograms('gen_ai.client.token.usage')), [12, 3]);
  assert.deepEqual(collected.sums('llm.responses'), [[{ ...called, 'llm.finish_reason': 'stop' }, 1]]);
  assert.deepEqual(collected.sums('llm.operation.active'), [[called, 0]]);
});

test('a response without a reader still ends its operation', async (t) => {
  const { post, ended, answered } = await measuredFetch(t);
  await post('/chat/completions', { model: 'gpt-5' });
  assert.deepEqual((await ended(1)).counts(DURATION), [[answered, 1]]);
});

test('a streamed response has the same bytes, and its chunks are timed', async (t) => {
  const { url, post, ended, called, answered } = await measuredFetch(t);
  const plain = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-5', stream: true }),
  });
  const response = await post('/chat/completions', { model: 'gpt-5', stream: true });
  assert.deepEqual(
    [response.url, response.status, response.redirected, response.type],
    [plain.url, plain.status, plain.redirected, plain.type],
  );
  assert.equal(response.headers.get('content-type'), plain.headers.get('content-type'));
  assert.ok(response instanceof Response);
  assert.equal(await response.text(), await plain.text());
  const collected = await ended(1);
  assert.deepEqual(collected.counts(DURATION), [[answered, 1]]);
  assert.deepEqual(tokens(collected.histograms('gen_ai.client.token.usage')), [12, 3]);
  assert.deepEqual(collected.counts('gen_ai.client.operation.time_to_first_chunk'), [[answered, 1]]);
  assert.deepEqual(collected.counts('gen_ai.client.operation.time_per_output_chunk'), [[answered, 4]]);
  assert.deepEqual(collected.sums('llm.responses'), [[{ ...called, 'llm.finish_reason': 'stop' }, 1]]);
});

test('a reader who leaves a stream ends the request and the operation', async (t) => {
  const left = Promise.withResolvers<void>();
  const { post, ended, answered } = await measuredFetch(t, (_request, response) => {
    response.on('close', () => left.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(CHUNKS[0])}\n\n`);
  });
  const { body } = await post('/chat/completions', { model: 'gpt-5', stream: true });
  assert.ok(body);
  for await (const _bytes of body) break;
  await left.promise;
  assert.deepEqual((await ended(1)).counts(DURATION), [[answered, 1]]);
});

test('a stream that is aborted or cut off is a failure, and its reader gets the error', async (t) => {
  const { post, ended } = await measuredFetch(t, ({ body }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(CHUNKS[0])}\n\n`, () => {
      if (body.user === 'cut') response.destroy();
    });
  });
  const cut = await post('/chat/completions', { model: 'gpt-5', stream: true, user: 'cut' });
  await assert.rejects(cut.text(), TypeError);
  const controller = new AbortController();
  const aborted = await post(
    '/chat/completions',
    { model: 'gpt-5', stream: true },
    { signal: controller.signal },
  );
  const text = aborted.text();
  controller.abort();
  await assert.rejects(text, { name: 'AbortError' });
  const types = (await ended(2)).counts(DURATION).map(([series]) => series['error.type']);
  assert.deepEqual(types, ['TypeError', 'AbortError']);
});

test('an answer that is an error has its status, and a request that fails the code of its error', async (t) => {
  const { post, ended, called } = await measuredFetch(t, (_request, response) =>
    json(response, { error: { message: 'slow down' } }, 429),
  );
  const response = await post('/chat/completions', { model: 'gpt-5' });
  assert.equal(response.status, 429);
  assert.deepEqual(await response.json(), { error: { message: 'slow down' } });
  await assert.rejects(
    llm.fetch()('http://127.0.0.1:1/v1/embeddings', { method: 'POST', body: '{}' }),
    TypeError,
  );
  const collected = await ended(2);
  assert.deepEqual(
    collected.counts(DURATION).map(([series]) => [series['gen_ai.operation.name'], series['error.type']]),
    [
      ['chat', '429'],
      ['embeddings', 'TypeError'],
    ],
  );
  assert.deepEqual(collected.sums('llm.operation.active')[0], [called, 0]);
});

test('a request to something else, and one whose body cannot be read, go through as they are', async (t) => {
  const { url, collect } = await measuredFetch(t, (request, response) => json(response, request));
  const fetch = llm.fetch();
  const get = await fetch(`${url}/models`);
  assert.deepEqual(await get.json(), { path: '/v1/models', body: {} });
  const other = await fetch(new URL(`${url}/files`), { method: 'POST', body: '{"a":1}' });
  assert.deepEqual(await other.json(), { path: '/v1/files', body: { a: 1 } });
  assert.deepEqual((await collect()).counts(DURATION), []);
  const request = new Request(`${url}/chat/completions`, { method: 'POST', body: '{"model":"gpt-5"}' });
  assert.deepEqual(await (await fetch(request)).json(), {
    path: '/v1/chat/completions',
    body: { model: 'gpt-5' },
  });
  const counts = (await collect()).counts(DURATION);
  assert.deepEqual(
    counts.map(([series]) => series['gen_ai.request.model']),
    [undefined],
  );
});

test("Anthropic's messages are understood, streamed or not, with the tokens of the cache", async (t) => {
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: 90,
    cache_creation_input_tokens: 0,
    output_tokens: 1,
  };
  const message = { type: 'message', model: 'claude-5', role: 'assistant', content: [], usage };
  const { url, ended } = await measuredFetch(t, ({ body }, response) => {
    if (body.stream !== true) {
      return json(response, { ...message, stop_reason: 'end_turn', usage: { ...usage, output_tokens: 25 } });
    }
    return events(response, [
      ['message_start', { type: 'message_start', message: { ...message, stop_reason: null } }],
      [
        'content_block_delta',
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'so' } },
      ],
      [
        'message_delta',
        { type: 'message_delta', delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 25 } },
      ],
      ['message_stop', { type: 'message_stop' }],
    ]);
  });
  const fetch = llm.fetch({ provider: 'anthropic' });
  for (const stream of [false, true]) {
    const body = JSON.stringify({ model: 'claude-5', stream });
    await (await fetch(`${url}/messages`, { method: 'POST', body })).text();
  }
  const collected = await ended(2);
  assert.deepEqual(
    collected
      .counts(DURATION)
      .map(([series, count]) => [series['gen_ai.provider.name'], series['gen_ai.response.model'], count]),
    [['anthropic', 'claude-5', 2]],
  );
  assert.deepEqual(tokens(collected.histograms('gen_ai.client.token.usage')), [200, 50]);
  assert.deepEqual(
    collected.sums('llm.responses').map(([series, count]) => [series['llm.finish_reason'], count]),
    [
      ['end_turn', 1],
      ['max_tokens', 1],
    ],
  );
});

test('a client that takes a fetch works over a measured one', async (t) => {
  const { url, ended, answered } = await measuredFetch(t);
  const client = new OpenAI({ apiKey: 'key', baseURL: url, fetch: llm.fetch() });
  const request = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'is it so?' }] };
  let text = '';
  for await (const { choices } of await client.chat.completions.create({ ...request, stream: true })) {
    text += choices[0]?.delta.content ?? '';
  }
  assert.equal(text, 'so it is');
  assert.equal((await client.chat.completions.create(request)).choices[0]?.message.content, 'so it is');
  assert.deepEqual((await ended(2)).counts(DURATION), [[answered, 2]]);
});

test('another fetch than the global one makes the requests', async () => {
  const collect = registerStockProvider();
  const fetch = llm.fetch({ fetch: async () => Response.json(COMPLETION) });
  const response = await fetch('https://api.mistral.ai/v1/chat/completions', { method: 'POST', body: '{}' });
  assert.deepEqual(await response.json(), COMPLETION);
  await until(async () => ((await collect()).counts(DURATION).length === 1 ? true : undefined), {
    what: 'it',
  });
  const [series] = (await collect()).counts(DURATION);
  assert.deepEqual(
    [series?.[0]['gen_ai.provider.name'], series?.[0]['server.address'], series?.[0]['server.port']],
    ['mistral_ai', 'api.mistral.ai', 443],
  );
});
