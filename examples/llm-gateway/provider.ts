import { setTimeout as pause } from 'node:timers/promises';
import express, { type Express } from 'express';

const LONGEST_ANSWER = 5;

/**
 * A stand-in for a provider, with OpenAI's API. Its models answer with the words of the last message in reverse order.
 * A token is a word. A message with the word `overload` gets a 503.
 */
export function createProvider(): Express {
  const app = express();
  app.use(express.json());
  app.post('/v1/embeddings', ({ body }, response) => {
    const prompt_tokens = String(body.input).split(/\s+/).length;
    const data = [{ object: 'embedding', index: 0, embedding: [prompt_tokens, 1] }];
    response.json({
      object: 'list',
      model: body.model,
      data,
      usage: { prompt_tokens, total_tokens: prompt_tokens },
    });
  });
  app.post('/v1/chat/completions', async ({ body }, response) => {
    const { model, messages, stream }: ChatRequest = body;
    const words = (messages.at(-1)?.content ?? '').split(/\s+/);
    if (words.includes('overload')) {
      response.status(503).json({ error: { message: 'overloaded', code: 'server_overloaded' } });
      return;
    }
    const said = words.toReversed().slice(0, LONGEST_ANSWER);
    const finish_reason = said.length < words.length ? 'length' : 'stop';
    const usage = { prompt_tokens: words.length, completion_tokens: said.length };
    if (stream !== true) {
      const message = { role: 'assistant', content: said.join(' ') };
      response.json({
        object: 'chat.completion',
        model,
        choices: [{ index: 0, message, finish_reason }],
        usage,
      });
      return;
    }
    response.type('text/event-stream');
    const send = (choices: object[], more: object = {}) =>
      response.write(
        `data: ${JSON.stringify({ object: 'chat.completion.chunk', model, choices, ...more })}\n\n`,
      );
    for (const [i, word] of said.entries()) {
      await pause(2);
      const isLast = i === said.length - 1;
      send([{ index: 0, delta: { content: word }, finish_reason: isLast ? finish_reason : null }]);
    }
    send([], { usage });
    response.end('data: [DONE]\n\n');
  });
  return app;
}

interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly content: string }[];
  readonly stream?: boolean;
}
