import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, Router } from 'express';
import { execute, type FinishedRun } from './engine.ts';
import { DuplicateRunError, type Store } from './store.ts';
import { workflows } from './workflows.ts';

export interface Dependencies {
  readonly store: Store;
  /** Where the runs' files go. */
  readonly folder: string;
  /** Who asks for `/admin` must know it. */
  readonly token: string;
  readonly onFinished: (run: FinishedRun) => void;
}

export function createApp(dependencies: Dependencies): Express {
  const app = express();
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

function runs({ store, folder, onFinished }: Dependencies): Router {
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
    const finished = await execute(run, { definition, store, folder });
    onFinished(finished);
    response.status(201).json(finished);
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

/** Ends a request early, before it reaches a route. */
function authorized(token: string): RequestHandler {
  return ({ headers }, response, next) => {
    if (headers.authorization === `Bearer ${token}`) next();
    else response.status(401).json({ error: 'a token is needed' });
  };
}

/** Express knows an error handler by its four parameters. */
const failed: ErrorRequestHandler = (error, _request, response, _next) => {
  const status = error instanceof DuplicateRunError ? 409 : (error.status ?? 500);
  response.status(status).json({ error: error.message });
};
