import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { test } from 'node:test';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { metricsHandler, metricsResponse, type RouteOptions } from '../../../src/index.ts';

/** As Next.js types a route handler. */
type NextRouteHandler = (request: Request, context: unknown) => Promise<Response>;

const bad: readonly RouteOptions[] = [
  // @ts-expect-error no path of the endpoint
  { serve: '/healthz' },
  // @ts-expect-error one thing or everything
  { serve: '/livez', prefix: '/internal' },
  // @ts-expect-error true or false
  { counted: 'yes' },
];

test('the handlers fit the types of the frameworks', () => {
  const handler = metricsHandler();
  const GET: NextRouteHandler = (request) => metricsResponse(request);
  const hono = new Hono<{ Bindings: { incoming: import('node:http').IncomingMessage } }>();
  hono.get('/metrics', (c) => metricsResponse(c.req.raw, { incoming: c.env.incoming }));
  assert.ok(createServer(handler) && createHttp2Server(handler));
  assert.ok(
    express()
      .get('/metrics', handler)
      .use('/internal', metricsHandler({ prefix: '/internal' })),
  );
  assert.ok(fastify().get('/metrics', handler));
  assert.equal(typeof GET, 'function');
  assert.equal(bad.length, 3);
});
