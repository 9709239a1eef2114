import assert from 'node:assert/strict';
import { test } from 'node:test';
import type OpenAI from 'openai';
import { CHUNKS, COMPLETION, events } from './helpers/llm-api.ts';
import { assertOneAnswer, measuredClient, QUESTION, STREAM, textOf } from './helpers/llm-openai-client.ts';

test('a chat completion is an operation, and what the client returns is untouched', async (t) => {
  const { client, collect, called, answered } = await measuredClient(t);
  const completion = await client.chat.completions.create(QUESTION);
  assert.deepEqual({ ...completion }, COMPLETION);
  assertOneAnswer(await collect(), answered, called('chat', 'gpt-5'));
});

for (const [how, read] of [
  [
    'withResponse()',
    async (client: OpenAI) => (await client.chat.completions.create(QUESTION).withResponse()).data,
  ],
  ['parse()', (client: OpenAI) => client.chat.completions.parse(QUESTION)],
  [
    'several awaits of the same promise',
    async (client: OpenAI) => {
      const promise = client.chat.completions.create(QUESTION);
      await promise;
      return promise;
    },
  ],
] as const) {
  test(`a chat completion that is read by ${how} counts once`, async (t) => {
    const { client, collect, called, answered, requests } = await measuredClient(t);
    const completion = await read(client);
    assert.equal(completion.choices[0]?.message.content, 'so it is');
    assert.equal(requests.length, 1);
    assertOneAnswer(await collect(), answered, called('chat', 'gpt-5'));
  });
}

test('the caller reads a raw response itself, and its operation ends with the head', async (t) => {
  const { client, collect, called, server } = await measuredClient(t);
  const response = await client.chat.completions.create(QUESTION).asResponse();
  assert.deepEqual(await response.json(), COMPLETION);
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [
    [{ ...called('chat', 'gpt-5'), ...server }, 1],
  ]);
  assert.deepEqual(collected.sums('llm.operation.active'), [[called('chat', 'gpt-5'), 0]]);
});

for (const [how, read] of [
  ['for await', async (client: OpenAI) => textOf(await client.chat.completions.create(STREAM))],
  [
    'tee()',
    async (client: OpenAI) => {
      const [left, right] = (await client.chat.completions.create(STREAM)).tee();
      const [text, same] = await Promise.all([textOf(left), textOf(right)]);
      assert.equal(same, text);
      return text;
    },
  ],
  [
    'toReadableStream()',
    async (client: OpenAI) => {
      const lines = (await client.chat.completions.create(STREAM)).toReadableStream();
      let text = '';
      for await (const bytes of lines) text += Buffer.from(bytes).toString();
      const chunks = text.trim().split('\n');
      return chunks.map((line) => JSON.parse(line).choices[0]?.delta.content ?? '').join('');
    },
  ],
  [
    'the helper stream()',
    async (client: OpenAI) => {
      const stream = client.chat.completions.stream({ ...QUESTION, stream_options: { include_usage: true } });
      return (await stream.finalChatCompletion()).choices[0]?.message.content;
    },
  ],
] as const) {
  test(`a stream that is read by ${how} is an operation until its last chunk`, async (t) => {
    const { client, collect, called, answered } = await measuredClient(t);
    assert.equal(await read(client), 'so it is');
    const collected = await collect();
    assertOneAnswer(collected, answered, called('chat', 'gpt-5'));
    assert.deepEqual(collected.counts('gen_ai.client.operation.time_to_first_chunk'), [[answered, 1]]);
    assert.deepEqual(collected.counts('gen_ai.client.operation.time_per_output_chunk'), [[answered, 4]]);
  });
}

test('a stream that its reader leaves ends at the API as well, and is not a failure', async (t) => {
  const left = Promise.withResolvers<void>();
  const { client, collect, called, answered } = await measuredClient(t, (_request, response) => {
    response.on('close', () => left.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(CHUNKS[0])}\n\n`);
  });
  for await (const _chunk of await client.chat.completions.create(STREAM)) break;
  await left.promise;
  const collected = await collect();
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[answered, 1]]);
  assert.deepEqual(collected.sums('llm.operation.active'), [[called('chat', 'gpt-5'), 0]]);
});

test('a stream that breaks is a failure, and its reader gets the error', async (t) => {
  const { client, collect, answered } = await measuredClient(t, (_request, response) =>
    events(response, [CHUNKS[0] ?? '', { error: { message: 'overloaded', code: 'server_overloaded' } }]),
  );
  await assert.rejects(async () => textOf(await client.chat.completions.create(STREAM)), /overloaded/);
  assert.deepEqual((await collect()).counts('gen_ai.client.operation.duration'), [
    [{ ...answered, 'error.type': 'server_overloaded' }, 1],
  ]);
});
