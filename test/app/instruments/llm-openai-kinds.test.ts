import assert from 'node:assert/strict';
import { test } from 'node:test';
import { llm } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';
import { COMPLETION, events, json } from './helpers/llm-api.ts';
import { measuredClient, QUESTION } from './helpers/llm-openai-client.ts';

test('embeddings are operations with tokens of input only', async (t) => {
  const { client, collect, called, server } = await measuredClient(t, (_request, response) =>
    json(response, {
      object: 'list',
      model: 'text-embedding-3-small',
      data: [
        {
          object: 'embedding',
          index: 0,
          embedding: Buffer.from(new Float32Array([0.5, 0.25]).buffer).toString('base64'),
        },
      ],
      usage: { prompt_tokens: 5, total_tokens: 5 },
    }),
  );
  const { data } = await client.embeddings.create({ model: 'text-embedding-3-small', input: 'so it is' });
  assert.deepEqual([...(data[0]?.embedding ?? [])], [0.5, 0.25]);
  const answered = {
    ...called('embeddings', 'text-embedding-3-small'),
    ...server,
    'gen_ai.response.model': 'text-embedding-3-small',
  };
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[answered, 1]]);
  assert.deepEqual(collected.histograms('gen_ai.client.token.usage'), [
    [
      { ...answered, 'gen_ai.token.type': 'input' },
      { count: 1, sum: 5 },
    ],
  ]);
  assert.deepEqual(collected.sums('llm.responses'), []);
});

test('responses are operations, streamed or not, with the status or what cut them short', async (t) => {
  const response = (status: string, more: object = {}) => ({
    id: 'resp_1',
    object: 'response',
    model: 'gpt-5-2026',
    status,
    output: [],
    usage: { input_tokens: 20, output_tokens: 7, total_tokens: 27 },
    ...more,
  });
  const { client, collect, called, answered } = await measuredClient(t, ({ body }, answer) => {
    if (body.stream !== true) {
      return json(answer, response('incomplete', { incomplete_details: { reason: 'max_output_tokens' } }));
    }
    return events(answer, [
      ['response.created', { type: 'response.created', response: response('in_progress', { usage: null }) }],
      ['response.output_text.delta', { type: 'response.output_text.delta', delta: 'so' }],
      ['response.completed', { type: 'response.completed', response: response('completed') }],
    ]);
  });
  await client.responses.create({ model: 'gpt-5', input: 'is it so?' });
  for await (const _event of await client.responses.create({
    model: 'gpt-5',
    input: 'is it so?',
    stream: true,
  }));
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[answered, 2]]);
  assert.deepEqual(
    collected.histograms('gen_ai.client.token.usage').map(([, values]) => values),
    [
      { count: 2, sum: 40 },
      { count: 2, sum: 14 },
    ],
  );
  assert.deepEqual(collected.sums('llm.responses'), [
    [{ ...called('chat', 'gpt-5'), 'llm.finish_reason': 'max_output_tokens' }, 1],
    [{ ...called('chat', 'gpt-5'), 'llm.finish_reason': 'completed' }, 1],
  ]);
  assert.deepEqual(collected.counts('gen_ai.client.operation.time_per_output_chunk'), [[answered, 2]]);
});

test('each of several choices counts with its reason', async (t) => {
  const { client, collect, called } = await measuredClient(t, (_request, response) =>
    json(response, {
      ...COMPLETION,
      choices: ['stop', 'length', 'stop'].map((finish_reason, index) => ({
        ...COMPLETION.choices[0],
        index,
        finish_reason,
      })),
    }),
  );
  await client.chat.completions.create({ ...QUESTION, n: 3 });
  assert.deepEqual((await collect()).sums('llm.responses'), [
    [{ ...called('chat', 'gpt-5'), 'llm.finish_reason': 'stop' }, 2],
    [{ ...called('chat', 'gpt-5'), 'llm.finish_reason': 'length' }, 1],
  ]);
});

test('a client whose create was replaced, as tests do, is followed by its promise', async () => {
  const collect = registerStockProvider();
  const client = {
    baseURL: 'https://api.openai.com/v1',
    chat: { completions: { create: async (_body: object) => COMPLETION } },
  };
  assert.equal(await llm.openai(client).chat.completions.create({ model: 'gpt-5' }), COMPLETION);
  assert.deepEqual(
    (await collect())
      .counts('gen_ai.client.operation.duration')
      .map(([series]) => series['gen_ai.response.model']),
    ['gpt-5-2026'],
  );
});
