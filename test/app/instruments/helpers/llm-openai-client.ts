import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import OpenAI from 'openai';
import { llm } from '../../../../src/instruments.ts';
import { type Collected, registerStockProvider } from './collected.ts';
import { type Answer, CHUNKS, COMPLETION, events, json, startApi } from './llm-api.ts';

export const QUESTION = { model: 'gpt-5', messages: [{ role: 'user' as const, content: 'is it so?' }] };

export const chat: Answer = ({ body }, response) =>
  body.stream === true ? events(response, CHUNKS) : json(response, COMPLETION);

/** A measured client of a provider's API, and the attributes that its operations should have. */
export async function measuredClient(t: TestContext, answer: Answer = chat) {
  const collect = registerStockProvider();
  const { url, port, requests } = await startApi(t, answer);
  const client = new OpenAI({ apiKey: 'key', baseURL: url, maxRetries: 2 });
  assert.equal(llm.openai(client), client);
  assert.equal(llm.openai(client), client);
  const server = { 'server.address': '127.0.0.1', 'server.port': port };
  const called = (operation: string, model: string) => ({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model,
  });
  const answered = { ...called('chat', 'gpt-5'), ...server, 'gen_ai.response.model': 'gpt-5-2026' };
  return { client, collect, requests, server, called, answered };
}

/** One chat completion was answered, with its tokens, and none is under way. */
export function assertOneAnswer(collected: Collected, answered: object, called: object): void {
  assert.deepEqual(collected.counts('gen_ai.client.operation.duration'), [[answered, 1]]);
  assert.deepEqual(
    collected
      .histograms('gen_ai.client.token.usage')
      .map(([series, { sum }]) => [series['gen_ai.token.type'], sum]),
    [
      ['input', 12],
      ['output', 3],
    ],
  );
  assert.deepEqual(collected.sums('llm.responses'), [[{ ...called, 'llm.finish_reason': 'stop' }, 1]]);
  assert.deepEqual(collected.sums('llm.operation.active'), [[called, 0]]);
}

/** A question whose answer is streamed, with what it used. */
export const STREAM = { ...QUESTION, stream: true as const, stream_options: { include_usage: true } };

/** The answer that a stream has in it. */
export async function textOf(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
  return text;
}
