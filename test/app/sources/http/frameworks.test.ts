import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { setRoute } from '../../../../src/app/sources/http/measured-request.ts';
import { expected, perform, type Step } from './helpers/express-script.ts';
import { listening } from './helpers/listening.ts';
import { measuredHttp, summary } from './helpers/measured.ts';

const DURATION = 'http.server.request.duration';

/* A framework is loaded after recording has begun, as it is in a service. */

async function fastifyApp(t: TestContext) {
  const { default: fastify } = await import('fastify');
  const app = fastify();
  t.after(() => app.close());
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers['x-refused'] !== undefined) await reply.code(401).send();
  });
  app.get('/', async () => 'ok');
  app.get('/users/:id', async () => 'ok');
  app.post('/users/:id', async (_, reply) => reply.code(201).send());
  app.get('/files/*', async () => 'ok');
  app.get('/failing/:id', async () => {
    throw new Error('failing');
  });
  app.get('/missing/:id', async (_, reply) => reply.code(404).send());
  await app.register(
    async (area) => {
      area.get('/things/:thing', async () => 'ok');
      area.get('/', async () => 'ok');
    },
    { prefix: '/areas/:area' },
  );
  await app.ready();
  return app.server;
}

const FASTIFY: readonly Step[] = [
  ['GET /', 200, '/'],
  ['GET /users/1?x', 200, '/users/:id'],
  ['HEAD /users/1', 200, '/users/:id'],
  ['POST /users/1', 201, '/users/:id'],
  ['GET /files/a/b', 200, '/files/*'],
  ['GET /failing/1', 500, '/failing/:id'],
  ['GET /missing/1', 404, '/missing/:id'],
  ['GET /areas/7/things/8', 200, '/areas/:area/things/:thing'],
  ['GET /nowhere', 404, undefined],
  ['DELETE /users/1', 404, undefined],
];

test('Fastify: every request has the template of its route, prefixes included', async (t) => {
  const http = measuredHttp(t);
  await perform(await listening(t, await fastifyApp(t)), FASTIFY);
  assert.deepEqual(summary(await http.counted(DURATION, FASTIFY.length)), expected(FASTIFY));
});

test('Fastify: a request that a hook ends has its route', async (t) => {
  const http = measuredHttp(t);
  const port = await listening(t, await fastifyApp(t));
  await fetch(`http://127.0.0.1:${port}/users/1`, { headers: { 'x-refused': '' } });
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=401 route=/users/:id', 1]]);
});

test('Fastify over HTTP/2 has its routes as well', async (t) => {
  const http = measuredHttp(t);
  const { default: fastify } = await import('fastify');
  const app = fastify({ http2: true });
  app.get('/users/:id', async () => 'ok');
  await app.ready();
  const client = connect(`http://127.0.0.1:${await listening(t, app.server)}`);
  t.after(() => client.destroy());
  await new Promise((resolve) => client.request({ ':path': '/users/1' }).resume().on('close', resolve));
  assert.deepEqual(summary(await http.counted(DURATION, 1)), [['method=GET status=200 route=/users/:id', 1]]);
});

test('Koa: every request has the path of the route that ran, prefixes and mounts included', async (t) => {
  const http = measuredHttp(t);
  const fixture = new URL('./fixtures/koa-app.mjs', import.meta.url).href;
  const { default: createApp }: { default: () => RequestListener } = await import(fixture);
  const steps: readonly Step[] = [
    ['GET /users/1', 200, '/users/:id'],
    ['HEAD /users/1?x', 200, '/users/:id'],
    ['GET /numbers/7', 200, '/^\\/numbers\\/[0-9]+$/'],
    ['GET /failing/1', 500, '/failing/:id'],
    ['GET /missing/1', 404, '/missing/:id'],
    ['GET /areas/7/things/8', 200, '/areas/:area/things/:thing'],
    ['GET /outer/leaf/1', 200, '/outer/leaf/:x'],
    ['GET /outer/inner/leaf/1', 200, '/outer/inner/leaf/:x'],
    ['GET /outer/nothing/1', 200, '/outer/nothing/:y'],
    ['GET /outer/nowhere', 404, undefined],
    ['GET /open', 200, undefined],
    ['GET /nowhere', 404, undefined],
    ['DELETE /users/1', 405, undefined],
  ];
  const port = await listening(t, createServer(createApp()));
  await perform(port, steps);
  assert.deepEqual(summary(await http.counted(DURATION, steps.length)), expected(steps));
  assert.equal(await (await fetch(`http://127.0.0.1:${port}/users/1`)).text(), '/users/:id');
});

test('hapi: every request has the path of its route, prefixes included', async (t) => {
  const http = measuredHttp(t);
  const fixture = new URL('./fixtures/hapi-app.mjs', import.meta.url).href;
  const { default: createApp }: { default: () => Promise<Server> } = await import(fixture);
  const steps: readonly Step[] = [
    ['GET /users/1?x', 200, '/users/{id}'],
    ['HEAD /users/1', 200, '/users/{id}'],
    ['GET /files/a/b', 200, '/files/{path*}'],
    ['GET /missing/1', 404, '/missing/{id}'],
    ['GET /failing/1', 500, '/failing/{id}'],
    ['GET /areas/7/things/8', 200, '/areas/{area}/things/{thing}'],
    ['GET /nowhere', 404, undefined],
    ['DELETE /users/1', 404, undefined],
  ];
  await perform(await listening(t, await createApp()), steps);
  assert.deepEqual(summary(await http.counted(DURATION, steps.length)), expected(steps));
});

test('Hono: a middleware of one line sets the route', async (t) => {
  const http = measuredHttp(t);
  const { Hono } = await import('hono');
  const { routePath } = await import('hono/route');
  const { createAdaptorServer } = await import('@hono/node-server');
  const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>();
  app.use(async (c, next) => {
    await next();
    if (c.res.status !== 404) setRoute(c.env.incoming, routePath(c, -1));
  });
  app.get('/users/:id', (c) => c.text('ok'));
  app.route(
    '/areas/:area',
    new Hono().get('/things/:thing', (c) => c.text('ok')),
  );
  const steps: readonly Step[] = [
    ['GET /users/1', 200, '/users/:id'],
    ['GET /areas/7/things/8', 200, '/areas/:area/things/:thing'],
    ['GET /nowhere', 404, undefined],
  ];
  await perform(await listening(t, createAdaptorServer(app)), steps);
  assert.deepEqual(summary(await http.counted(DURATION, steps.length)), expected(steps));
  assert.equal(await http.total('http.server.response.body.size'), 4 + '404 Not Found'.length);
});

test('Next.js: the route is the page that Next.js notes on the request', async (t) => {
  const http = measuredHttp(t);
  // The shape of a request while Next.js 16 renders it (`request-meta.ts`, `route-match.ts`).
  const META = Symbol.for('NextInternalRequestMeta');
  const server = createServer((request, response) => {
    const matched = { kind: 'APP_PAGE', page: '/blog/[slug]/page', pathname: '/blog/[slug]' };
    const unmatched = { kind: 'APP_PAGE', page: '/_not-found/page', pathname: '/_not-found' };
    const definition = request.url?.startsWith('/blog/') === true ? matched : unmatched;
    const match = request.url === '/_next/static/none.js' ? null : { definition, params: {} };
    Object.assign(request, { [META]: { initURL: `http://x${request.url}`, match } });
    response.writeHead(definition === matched ? 200 : 404).end();
  });
  const steps: readonly Step[] = [
    ['GET /blog/hello', 200, '/blog/[slug]'],
    ['GET /nowhere', 404, undefined],
    ['GET /_next/static/none.js', 404, undefined],
  ];
  await perform(await listening(t, server), steps);
  assert.deepEqual(summary(await http.counted(DURATION, steps.length)), expected(steps));
});

test('tinyhttp: a framework that only looks like Express puts no request path into a label', async (t) => {
  const http = measuredHttp(t);
  const { App } = await import('@tinyhttp/app');
  const app = new App();
  app.use('/u/:user', (_, response) => void response.send('ok'));
  app.get('/pages/:page', (_, response) => void response.send('ok'));
  const steps: readonly Step[] = [
    ['GET /u/alice', 200, undefined],
    ['GET /u/bob', 200, undefined],
    ['GET /pages/1', 200, undefined],
  ];
  const server = createServer((request, response) => void app.handler(request as never, response as never));
  await perform(await listening(t, server), steps);
  assert.deepEqual(summary(await http.counted(DURATION, steps.length)), expected(steps));
});
