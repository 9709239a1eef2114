import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { auth, errors, llm } from 'pitot/instruments';
import type { Keys, Tenant } from './keys.ts';
import { Limits } from './limits.ts';
import { gateway } from './metrics.ts';
import { aliasOf } from './tenants.ts';

export interface GatewayOptions {
  readonly keys: Keys;
  /** Base URL of the provider's API, such as `https://api.openai.com/v1`. */
  readonly upstream: string;
}

/** The APIs that it serves: each path with the name of its format in metrics. */
const APIS = [
  { path: '/chat/completions', format: 'chat' },
  { path: '/embeddings', format: 'embeddings' },
] as const;

/** Serves OpenAI's APIs: checks the key and its limit, then passes the request on to the provider. */
export function createGateway({ keys, upstream }: GatewayOptions): Express {
  const limits = new Limits();
  const fetch = llm.fetch();
  const app = express();
  app.use(express.json());

  for (const { path, format } of APIS) {
    app.post(`/v1${path}`, async ({ headers, body }, response) => {
      const key = headers.authorization?.replace('Bearer ', '');
      const tenant = authenticate(keys, key);
      if (key === undefined || tenant === undefined) {
        response.status(401).json({ error: { message: 'a key is needed', code: 'invalid_api_key' } });
        return;
      }
      // Only models that the gateway offers become attributes: clients send any text.
      const model = keys.offers(body?.model) ? String(body.model) : '_OTHER';
      response.once('close', () => {
        gateway.request.add(1, { model, format, status: response.statusCode, key });
      });
      if (!limits.take(tenant)) {
        response.status(429).json({ error: { message: 'slow down', code: 'rate_limit_exceeded' } });
        return;
      }
      const startedAt = performance.now();
      const answer = await fetch(upstream + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      response.status(answer.status).type(answer.headers.get('content-type') ?? 'application/json');
      if (answer.body === null) response.end();
      else await pipeline(Readable.fromWeb(answer.body), response);
      if (answer.ok) keys.noteAnswer(key, model, (performance.now() - startedAt) / 1000);
    });
  }

  app.use(failed);
  return app;
}

/** A key is a secret: it appears in no attribute, message or log. */
function authenticate(keys: Keys, key: string | undefined): Tenant | undefined {
  const tenant = key === undefined ? undefined : keys.find(key);
  return auth.attempt({ method: 'api_key', client: tenant && aliasOf(tenant) }, (attempt) => {
    if (tenant === undefined) attempt.fail(key === undefined ? 'no_key' : 'unknown_key');
    return tenant;
  });
}

/** Reports an error of the provider or the network by its type, not by its message. */
const failed: ErrorRequestHandler = (error, _request, response, next) => {
  errors.count(error, { origin: 'gateway' });
  if (response.headersSent) next(error);
  else
    response.status(502).json({ error: { message: 'the provider cannot be reached', code: 'bad_gateway' } });
};

/** Listens on the port (0: a free one) and returns the server with its URL. */
export async function listen(app: Express, port: number): Promise<{ server: Server; url: string }> {
  const server = createServer(app);
  server.listen(port, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port');
  return { server, url: `http://localhost:${address.port}` };
}
