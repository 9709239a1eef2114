import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { metricsResponse, setRoute } from 'pitot';
import type { Models } from './models.ts';

/** The API for clients of the models. One middleware of Hono tells pitot the routes. */
export function createApi(models: Models): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();

  api.use(async (c, next) => {
    await next();
    if (c.res.status !== 404) setRoute(c.env.incoming, routePath(c, -1));
  });

  api.get('/v1/models', (c) => c.json({ models: models.names }));

  api.post('/v1/models/:name/infer', async (c) => {
    const { input = [], passes = 1 } = await c.req.json();
    const output = await models.infer(c.req.param('name'), input, passes);
    return output === undefined ? c.json({ error: 'the model is not loaded' }, 409) : c.json({ output });
  });

  // Neither counts as a request of the service.
  for (const path of ['/metrics', '/metrics.json']) {
    api.get(path, (c) => metricsResponse(c.req.raw, { incoming: c.env.incoming }));
  }

  return api;
}
