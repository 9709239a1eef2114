import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** A request that the API got. */
export interface ApiRequest {
  readonly path: string;
  readonly body: { readonly model?: string; readonly stream?: boolean; readonly [key: string]: unknown };
}

export type Answer = (request: ApiRequest, response: ServerResponse) => void | Promise<void>;

/** An HTTP server that answers as a provider's API would; gives its URL and the requests it got. */
export async function startApi(t: TestContext, answer: Answer) {
  const requests: ApiRequest[] = [];
  const server = createServer(async (message: IncomingMessage, response) => {
    const request = { path: message.url ?? '', body: JSON.parse((await text(message)) || '{}') };
    requests.push(request);
    await answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the API listens on no port');
  return { url: `http://127.0.0.1:${address.port}/v1`, port: address.port, requests };
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends events, as `data:` lines; a pair is a named event. */
export async function events(
  response: ServerResponse,
  data: readonly (object | string | readonly [name: string, data: object])[],
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
  for (const event of data) {
    const [name, value] = Array.isArray(event) ? event : [undefined, event];
    if (name !== undefined) response.write(`event: ${name}\n`);
    response.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

export const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-5-2026',
  choices: [{ index: 0, message: { role: 'assistant', content: 'so it is' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
};

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  model: 'gpt-5-2026',
  choices: [{ index: 0, delta, finish_reason }],
});

/** Four chunks with something in them, and one with the usage. */
export const CHUNKS = [
  chunk({ role: 'assistant', content: 'so' }),
  chunk({ content: ' it' }),
  chunk({ content: ' is' }),
  chunk({}, 'stop'),
  { ...chunk({}), choices: [], usage: COMPLETION.usage },
  '[DONE]',
];
