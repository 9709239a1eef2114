import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExposition } from '../../harness/exposition.ts';
import { folderOf, Guide, LISTEN, runCommand } from '../../harness/guide.ts';
import { value } from '../../harness/samples.ts';

const guide = new Guide('docs/own-route.md');

const SERVE = guide.block('OTEL_EXPORTER_PROMETHEUS_PORT=none');

async function addressOf(service: Awaited<ReturnType<typeof runCommand>>): Promise<string> {
  const [, port] = await service.line(/^listening on (\d+)$/);
  await service.line(/no port, served by the application's own route/);
  return `http://127.0.0.1:${port}`;
}

test('the application of the guide serves the metrics on its own port, and there is no other', async (t) => {
  const app = guide.block("app.get('/metrics', metricsHandler());\napp.listen", { 'listen(3000)': LISTEN });
  const service = await runCommand(t, SERVE, { cwd: await folderOf(t, { 'app.js': app }) });
  const response = await fetch(`${await addressOf(service)}/metrics`);
  assert.equal(response.status, 200);
  const { samples } = parseExposition(await response.text());
  assert.ok(value(samples, 'process_uptime_seconds') > 0);
});

test('health and the page of the guide are where it says', async (t) => {
  const app = `
    import express from 'express';
    import { metricsHandler } from 'pitot';
    const app = express();
    const requireAdmin = (request, response, next) =>
      request.headers.authorization === 'Bearer admin' ? next() : response.status(401).end();
    ${guide.block("serve: '/livez'")}
    app.${LISTEN};
  `;
  const service = await runCommand(t, SERVE, { cwd: await folderOf(t, { 'app.js': app }) });
  const address = await addressOf(service);
  const get = (path: string, authorization = '') =>
    fetch(`${address}${path}`, { headers: { authorization } });
  assert.equal(await (await get('/healthz')).text(), 'live\n');
  assert.equal(await (await get('/ready')).text(), 'ready\n');
  assert.equal((await get('/internal/')).status, 401);
  assert.match(await (await get('/internal/', 'Bearer admin')).text(), /<html/);
  for (const path of ['/internal/metrics', '/internal/livez', '/internal/readyz']) {
    assert.equal((await get(path, 'Bearer admin')).status, 200);
  }
});

/** The program around the table's code for a framework. */
const AROUND: Readonly<Record<string, (code: string) => string>> = {
  'node:http': (code) => {
    const [, server, handler] = /^(createServer.*) with (const .*)$/.exec(code) ?? [];
    return `import { createServer } from 'node:http';
      ${handler};
      ${server?.replace('…', "res.end('hello')")}.${LISTEN};`;
  },
  Express: (code) => `import express from 'express';
    const app = express();
    ${code};
    app.${LISTEN};`,
  Fastify: (code) => `import fastify from 'fastify';
    const app = fastify();
    ${code};
    await app.ready();
    app.server.${LISTEN};`,
  Koa: (code) => `import Router from '@koa/router';
    import Koa from 'koa';
    const metrics = metricsHandler();
    const router = new Router();
    ${code};
    new Koa().use(router.routes()).${LISTEN};`,
  Hono: (code) => `import { createServer } from 'node:http';
    import { getRequestListener } from '@hono/node-server';
    import { Hono } from 'hono';
    const app = new Hono();
    ${code};
    createServer(getRequestListener(app.fetch)).${LISTEN};`,
  // The framework calls what the file exports; test/stack/nextjs.test.ts runs the framework.
  'Next.js': (code) => `import { createServer } from 'node:http';
    import { getRequestListener } from '@hono/node-server';
    ${code.replace(': Request', '')}
    createServer(getRequestListener(GET)).${LISTEN};`,
};

test('the code that the guide has for each framework serves the metrics', async (t) => {
  const rows = guide.table('framework');
  assert.equal(rows.length, Object.keys(AROUND).length);
  for (const [frameworks = '', code = ''] of rows) {
    const [name = '', around] = Object.entries(AROUND).find(([one]) => frameworks.includes(one)) ?? [];
    await t.test(name, async (t) => {
      const app = `import { metricsHandler, metricsResponse } from 'pitot';\n${around?.(code.replaceAll('`', ''))}`;
      const service = await runCommand(t, SERVE, { cwd: await folderOf(t, { 'app.js': app }) });
      const response = await fetch(`${await addressOf(service)}/metrics`);
      assert.equal(response.status, 200);
      const { samples } = parseExposition(await response.text());
      assert.ok(value(samples, 'process_uptime_seconds') > 0);
    });
  }
});

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(guide.left, []);
});
