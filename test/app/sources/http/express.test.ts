import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { type TestContext, test } from 'node:test';
import type express from 'express';
import {
  EXPRESS_4,
  EXPRESS_5,
  everySteps,
  expected,
  perform,
  REGISTERED,
  type Step,
  type Syntax,
  WATCHED,
} from './helpers/express-script.ts';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';

const require = createRequire(import.meta.url);
const createApp: (
  express: unknown,
  syntax: Syntax,
) => RequestListener = require('./fixtures/express-app.cjs');

const VERSIONS = [
  { name: 'Express 5', load: () => import('express'), syntax: EXPRESS_5 },
  { name: 'Express 4', load: () => import('express4'), syntax: EXPRESS_4 },
];

for (const { name, load, syntax } of VERSIONS) {
  const counted = async (t: TestContext, steps: readonly Step[]) => {
    const http = measuredHttp(t);
    const { default: express } = await load();
    const port = await listening(t, createServer(createApp(express, syntax)));
    await perform(port, steps);
    return summary(await http.counted('http.server.request.duration', steps.length));
  };

  test(`${name}: every request is counted under the template that answered it, or under none`, async (t) => {
    const steps = [...everySteps(syntax), ...REGISTERED, ...WATCHED];
    assert.deepEqual(await counted(t, steps), expected(steps));
  });

  test(`${name}: errors that the application's error handler answers keep their route`, async (t) => {
    process.argv.push('with-error-handler');
    t.after(() => void process.argv.pop());
    const steps = everySteps(syntax).filter(([, status]) => status === 500);
    assert.deepEqual(await counted(t, steps), expected(steps));
  });

  test(`${name}: a request without a match has no route when a middleware answers it`, async (t) => {
    process.argv.push('with-not-found');
    t.after(() => void process.argv.pop());
    const steps = everySteps(syntax).filter(([, status]) => status === 404);
    assert.deepEqual(await counted(t, steps), expected(steps));
  });

  test(`${name}: requests in parallel do not take each other’s routes`, async (t) => {
    const http = measuredHttp(t);
    const { default: express } = await load();
    const port = await listening(t, createServer(createApp(express, syntax)));
    const steps = Array.from({ length: 10 }, () => everySteps(syntax)).flat();
    await Promise.all(steps.map((step) => perform(port, [step])));
    assert.deepEqual(
      summary(await http.counted('http.server.request.duration', steps.length)),
      expected(steps),
    );
  });

  test(`${name}: a 404 that an error middleware answers belongs to the route that failed`, async (t) => {
    const http = measuredHttp(t);
    const { default: express } = await load();
    const notFound = () => Object.assign(new Error('not found'), { status: 404 });
    const pass: express.Handler = (_request, _response, next) => next();
    const users = express.Router();
    users.get('/passed/:id', pass);
    users.get('/failing/:id', pass, (_request, _response, next) => next(notFound()));
    users.use('/elsewhere', (_request, _response, next) => next(notFound()));
    const app = express();
    app.get('/passed-on/:id', (_request, _response, next) => next(notFound()));
    app.get('/thrown/:id', () => {
      throw notFound();
    });
    app.get('/passed/:id', pass);
    app.use('/users', users);
    app.use('/users/:id', pass);
    app.use((_request, _response, next) => next(notFound()));
    const answer: express.ErrorRequestHandler = (error, _request, response, _next) =>
      void response.status(error.status).json({});
    app.use(answer);
    const steps: readonly Step[] = [
      ['GET /passed-on/1', 404, '/passed-on/:id'],
      ['GET /thrown/1', 404, '/thrown/:id'],
      ['GET /users/failing/1', 404, '/users/failing/:id'],
      // The function after the routes raised these errors.
      ['GET /passed/1', 404, undefined],
      ['GET /users/passed/1', 404, undefined],
      ['GET /nowhere', 404, undefined],
    ];
    await perform(await listening(t, createServer(app)), steps);
    assert.deepEqual(
      summary(await http.counted('http.server.request.duration', steps.length)),
      expected(steps),
    );
  });

  test(`${name}: a path that is registered later has its route`, async (t) => {
    const http = measuredHttp(t);
    const { default: express } = await load();
    const app = express();
    const router = express.Router().get('/leaf', (_request, response) => void response.send('ok'));
    app.use('/first/:a', router);
    const port = await listening(t, createServer(app));
    const first: Step = ['GET /first/1/leaf', 200, '/first/:a/leaf'];
    const second: Step = ['GET /second/1/leaf', 200, '/second/:b/leaf'];
    await perform(port, [first]);
    app.use('/second/:b', router);
    await perform(port, [second, first]);
    assert.deepEqual(
      summary(await http.counted('http.server.request.duration', 3)),
      expected([first, second, first]),
    );
  });
}

test('Express 5: a 404 that a route passes on as an error is still its own', async (t) => {
  const http = measuredHttp(t);
  const { default: express } = await import('express');
  const port = await listening(t, createServer(createApp(express, EXPRESS_5)));
  const steps: readonly Step[] = [['GET /not-found-error/1', 404, '/not-found-error/:id']];
  await perform(port, steps);
  assert.deepEqual(summary(await http.counted('http.server.request.duration', 1)), expected(steps));
});

test('the replaced methods of a router keep their names and lengths', async (t) => {
  measuredHttp(t);
  const { default: express } = await import('express');
  const { use, route } = express.Router();
  assert.deepEqual([use.name, use.length, route.name, route.length], ['use', 1, 'route', 1]);
});
