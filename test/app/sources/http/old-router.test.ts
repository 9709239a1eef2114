import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { expected, perform, type Step } from './helpers/express-script.ts';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';

/*
 * `router` 2.2 (Express 5.0 to 5.2) does not keep the paths of its layers. A router that is made before recording
 * begins is as hidden as one in a bundle.
 */
const folder = mkdtempSync(join(tmpdir(), 'pitot-router-'));
after(() => rmSync(folder, { recursive: true }));
const MODULES = join(import.meta.dirname, '../../../../node_modules');
cpSync(join(MODULES, 'router22'), join(folder, 'node_modules/router'), { recursive: true });
for (const name of ['debug', 'depd', 'is-promise', 'parseurl', 'path-to-regexp']) {
  symlinkSync(join(MODULES, name), join(folder, 'node_modules', name), 'dir');
}
const installed = createRequire(join(folder, 'app.js'));

/** Requires the package anew. */
function requireRouter(): Package {
  delete installed.cache[installed.resolve('router')];
  return installed('router');
}

interface Request {
  app?: object;
}
interface Response {
  statusCode: number;
  end(text?: string): void;
}
type Handler = (request: Request, response: Response, next: (error?: Error) => void) => void;
interface Router {
  (request: object, response: object, next: (error?: Error) => void): void;
  use(path: unknown, handler: Router | Handler): Router;
  get(path: unknown, handler: Handler): Router;
}
type Package = (options?: { mergeParams: boolean }) => Router;

function build(makeRouter: Package): Router {
  const ok: Handler = (_, response) => response.end('ok');
  const root = makeRouter();
  // As Express does, so that the outermost router is known.
  const introduce: Handler = (request, _, next) => {
    request.app = { router: root };
    next();
  };
  root.use('/', introduce);
  root.use('/orgs/:org', makeRouter().get('/bills/:bill', ok).get('/', ok));
  root.use('/same/:same', makeRouter().get('/x', ok));
  root.use('/Static/part', makeRouter().get('/x', ok));
  root.use('/pair/:from-:to', makeRouter().get('/x', ok));
  root.use(/^\/v[0-9]+/, makeRouter().get('/x', ok));
  const guard: Handler = (_, response) => {
    response.statusCode = 401;
    response.end();
  };
  root.use('/guard/:id', guard);
  return root;
}

async function counted(t: TestContext, makeRoot: () => Router, steps: readonly Step[]) {
  const http = measuredHttp(t);
  const root = makeRoot();
  const server = createServer((request, response) =>
    root(request, response, () => {
      response.statusCode = 404;
      response.end();
    }),
  );
  await perform(await listening(t, server), steps);
  return summary(await http.counted('http.server.request.duration', steps.length));
}

const hidden = build(requireRouter());

const STEPS: readonly Step[] = [
  ['GET /orgs/acme/bills/3', 200, '/orgs/:org/bills/:bill'],
  ['GET /orgs/a%20b/bills/3', 200, '/orgs/:org/bills/:bill'],
  ['GET /orgs/orgs', 200, '/orgs/:org'],
  ['GET /same/same/x', 200, '/same/:same/x'],
  ['GET /guard/alice', 401, '/guard/:id'],
  ['GET /nowhere', 404, undefined],
];

test('a router that keeps no paths and was not watched: pitot reconstructs the parameters', async (t) => {
  const steps: readonly Step[] = [
    ...STEPS,
    ['GET /pair/lax-sfo/x', 200, '/pair/:from-:to/x'],
    ['GET /static/PART/x', 200, '/static/part/x'],
    ['GET /Static/part/x', 200, '/static/part/x'],
    ['GET /v12/x', 200, '/v12/x'],
    ['GET /v4711/x', 200, '/{id}/x'],
  ];
  assert.deepEqual(await counted(t, () => hidden, steps), expected(steps));
});

test('a router that keeps no paths but was watched: the paths are those that were registered', async (t) => {
  const steps: readonly Step[] = [
    ...STEPS,
    ['GET /static/PART/x', 200, '/Static/part/x'],
    ['GET /pair/lax-sfo/x', 200, '/pair/:from-:to/x'],
    ['GET /v4711/x', 200, '/^\\/v[0-9]+/x'],
  ];
  assert.deepEqual(await counted(t, () => build(requireRouter()), steps), expected(steps));
});
