import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, Router } from 'express';
import { auth, errors } from 'pitot/instruments';
import { assistant } from './assistant.ts';
import { execute, type RunEvents } from './engine.ts';
import type { Sessions } from './sessions.ts';
import { DuplicateRunError, type Store } from './store.ts';
import { workflows } from './workflows.ts';

export interface Dependencies {
  readonly store: Store;
  readonly sessions: Sessions;
  /** Directory for the runs' files. */
  readonly folder: string;
  /** The token for `/admin`. */
  readonly token: string;
  readonly events: RunEvents;
  /** Comes before all routes. */
  readonly first?: RequestHandler | undefined;
}

export function createApp(dependencies: Dependencies): Express {
  const app = express();
  if (dependencies.first !== undefined) app.use(dependencies.first);
  app.use(express.json());
  app.get('/workflows', (_request, response) => {
    response.json([...workflows].map(([name, { length }]) => ({ name, nodes: length })));
  });
  app.get('/workflows/:name', ({ params }, response) => {
    const definition = workflows.get(params.name);
    if (definition === undefined) response.status(404).json({ error: `no workflow ${params.name}` });
    else response.json({ name: params.name, nodes: definition.map((node) => node.name) });
  });
  app.use('/orgs/:org', organisation(dependencies));
  app.use('/sessions', sessions(dependencies));
  app.use('/assistant', assistant(dependencies.sessions));
  app.use('/admin', authorized(dependencies.token), administration(dependencies));
  app.use(failed);
  return app;
}

function organisation(dependencies: Dependencies): Router {
  const router = Router({ mergeParams: true });
  router.use('/runs', runs(dependencies));
  router.get<{ org: string }>('/export', ({ params }) => {
    throw new Error(`the export of ${params.org} is broken, so that there is a 500 to look at`);
  });
  return router;
}

function runs({ store, folder, events }: Dependencies): Router {
  const router = Router({ mergeParams: true });
  router.get<{ org: string }>('/', ({ params }, response) => {
    response.json(store.runsOf(params.org));
  });
  router.get<{ org: string; id: string }>('/:id', ({ params }, response) => {
    const run = store.run(params.org, params.id);
    if (run === undefined) response.status(404).json({ error: `no run ${params.id}` });
    else response.json({ ...run, nodes: store.nodesOf(params.id).map(({ name }) => name) });
  });
  router.post<{ org: string }>('/', async ({ params, body }, response) => {
    const { workflow, id = randomUUID() }: { workflow?: string; id?: string } = body ?? {};
    const definition = workflows.get(String(workflow));
    if (definition === undefined) {
      response.status(404).json({ error: `no workflow ${workflow}` });
      return;
    }
    const run = { id: String(id), org: params.org, workflow: String(workflow) };
    const finished = await execute(run, { definition, store, folder, events });
    response.status(201).json(finished);
  });
  return router;
}

function sessions({ sessions }: Dependencies): Router {
  const router = Router();
  router.post('/', async ({ body }, response) => {
    const { user, password }: { user?: string; password?: string } = body ?? {};
    const session = await sessions.logIn(String(user), String(password));
    if (session === undefined) response.status(401).json({ error: 'user or password are not right' });
    else response.status(201).json({ id: session.id });
  });
  router.delete('/:id', ({ params }, response) => {
    if (sessions.logOut(params.id)) response.status(204).end();
    else response.status(404).json({ error: `no session ${params.id}` });
  });
  return router;
}

function administration({ store }: Dependencies): Router {
  const router = Router();
  router.get('/stats', (_request, response) => {
    response.json(store.outcomes());
  });
  return router;
}

/** Rejects a request without the token before it reaches a route. */
function authorized(token: string): RequestHandler {
  return ({ headers }, response, next) => {
    const isKnown = auth.attempt({ method: 'bearer' }, (attempt) => {
      if (headers.authorization === `Bearer ${token}`) return true;
      attempt.fail(headers.authorization === undefined ? 'no_token' : 'wrong_token');
      return false;
    });
    if (isKnown) next();
    else response.status(401).json({ error: 'a token is needed' });
  };
}

/** Express recognises an error handler by its four parameters. */
const failed: ErrorRequestHandler = (error, _request, response, _next) => {
  const status = error instanceof DuplicateRunError ? 409 : (error.status ?? 500);
  if (status >= 500) errors.count(error, { origin: 'http' });
  response.status(status).json({ error: error.message });
};
