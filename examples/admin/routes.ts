import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { setRoute } from 'pitot';
import { errors } from 'pitot/instruments';
import type { Cache } from './cache.ts';
import { business } from './metrics.ts';
import type { Store } from './store.ts';
import { runTask } from './tasks.ts';

export interface Resources {
  readonly store: Store;
  readonly cache: Cache;
}

/** The administrators' API. */
export function createApp({ store, cache }: Resources): Express {
  const app = express();
  app.use(express.json());

  app.post('/accounts', at('/accounts'), async ({ body }, response) => {
    await store.query(
      'INSERT INTO accounts (id, name, status) VALUES ($1, $2, $3)',
      body.id,
      body.name,
      'active',
    );
    response.status(201).json(body);
  });

  app.get('/accounts/:id', at('/accounts/{id}'), async ({ params: { id } }, response) => {
    const known = await cache.get(`account:${id}`);
    if (known !== null) {
      response.type('json').send(known);
      return;
    }
    const [account] = await store.query('SELECT id, name, status FROM accounts WHERE id = $1', Number(id));
    if (account === undefined) {
      response.status(404).json({ error: 'there is no such account' });
      return;
    }
    await cache.set(`account:${id}`, JSON.stringify(account));
    response.json(account);
  });

  app.put('/accounts/:id/status', at('/accounts/{id}/status'), async ({ params: { id }, body }, response) => {
    await store.query('UPDATE accounts SET status = $2 WHERE id = $1', Number(id), body.status);
    await cache.delete(`account:${id}`);
    response.status(204).end();
  });

  app.post('/tasks', at('/tasks'), async ({ body }, response) => {
    const id = randomUUID();
    const { name, input = null } = body;
    await store.query('INSERT INTO tasks VALUES ($1, $2, $3, $4)', id, name, input, 'waiting');
    response.status(201).json({ id });
  });

  app.post('/tasks/:uuid/run', at('/tasks/{uuid}/run'), async ({ params: { uuid = '' } }, response) => {
    response.json({ status: await runTask(store, String(uuid)) });
  });

  app.post('/scripts/:id', at('/scripts/{id}'), express.raw({ limit: '10mb' }), async (request, response) => {
    const { params, body } = request;
    business['upload.size'].record(body.length);
    await store.query(
      'INSERT INTO scripts (id, name, bytes) VALUES ($1, $2, $3)',
      Number(params.id),
      'script',
      body.length,
    );
    response.status(201).end();
  });

  app.get('/export', at('/export'), (_, response) => {
    response.type('text').send('x'.repeat(50_000));
  });

  app.use(failed);
  return app;
}

/** The route as dashboards of the team have always had it: `/accounts/{id}` and not Express' `/accounts/:id`. */
function at(template: string): RequestHandler {
  return (request, _, next) => {
    setRoute(request, template);
    next();
  };
}

const failed: ErrorRequestHandler = (error, _request, response, next) => {
  errors.count(error, { origin: 'api' });
  if (response.headersSent) next(error);
  else response.status(500).json({ error: 'internal' });
};
