import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type Child, startChild } from '../harness/child.ts';
import { type Exposition, parseExposition } from '../harness/exposition.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { select, value } from '../harness/samples.ts';
import { inherited } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/* The packed package under Bun and Deno. docs/runtimes.md lists what these tests show. */

const REQUESTS = 3;

/** Answers its own requests, and ends with code 7 when it is told to by another one. */
const APPLICATION = `
import { metrics } from '@opentelemetry/api';
import express from 'express';
const meter = metrics.getMeter('shop');
const orders = meter.createCounter('shop.orders');
meter.createObservableGauge('shop.stock').addCallback((result) => result.observe(5));
const durations = meter.createHistogram('shop.wait', { unit: 's' });
const app = express();
app.get('/orders/:id', (_, response) => {
  orders.add(2, { channel: 'web' });
  durations.record(0.2);
  response.send('ok');
});
app.get('/end', () => process.exit(7));
const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  for (let n = 0; n < ${REQUESTS}; n++) await (await fetch('http://127.0.0.1:' + port + '/orders/1')).text();
  console.log('listening on ' + port);
});
`;

/** Express reads files and the environment itself. */
const PLAIN_APPLICATION = `
import { createServer } from 'node:http';
const server = createServer((request, response) => {
  if (request.url === '/end') process.exit(7);
  response.end('ok');
}).listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
`;

describe('other runtimes', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await installedBesidePitot([
      ...['@opentelemetry/api@1.9.1', 'express@5.3.0', 'bun@1.4.5', 'deno@2.9.6'],
    ]);
    await writeFile(join(folder, 'app.mjs'), APPLICATION);
    await writeFile(join(folder, 'plain.mjs'), PLAIN_APPLICATION);
  });

  const bun = (t: Lifetime, env: NodeJS.ProcessEnv = {}) =>
    run(t, folder, ['@oven/bun-linux-x64/bin/bun', '--preload', 'pitot/instrumentation', 'app.mjs'], env);
  const deno = (
    t: Lifetime,
    permissions: readonly string[],
    app = 'app.mjs',
    env: NodeJS.ProcessEnv = {},
  ) => {
    const preload = '--preload=./node_modules/pitot/dist/instrumentation.js';
    const command = ['@deno/linux-x64-glibc/deno', 'run', '--no-prompt', ...permissions, preload, app];
    return run(t, folder, command, env);
  };

  test('Bun: the application’s metrics are exact, and the start line does not claim HTTP', async (t) => {
    const program = await bun(t);
    const exposition = await program.scrape();
    assert.equal(requestsIn(exposition), undefined);
    checkMetrics(exposition);
    assert.match(
      program.stderr,
      /^pitot: [^\n]*\/metrics · measures database drivers \(mysql2, redis\), errors, runtime, host\n$/,
    );
    assert.deepEqual(served(exposition, /^(nodejs_eventloop_(time|utilization)|v8js_memory)/), []);
    await checkEnd(program);
  });

  for (const [name, runtime] of [
    ['Bun', (t: Lifetime, env: NodeJS.ProcessEnv) => bun(t, env)],
    ['Deno', (t: Lifetime, env: NodeJS.ProcessEnv) => deno(t, ['--allow-all'], 'app.mjs', env)],
  ] as const) {
    test(`${name}: a signal ends a process that forwards, after its last values`, async (t) => {
      const receiver = await startOtlpReceiver(t);
      const program = await runtime(t, {
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      });
      await program.line(/^listening on/);
      program.signal('SIGTERM');
      assert.deepEqual(await program.ended(), { code: null, signal: 'SIGTERM' });
      assert.equal(receiver.latest('shop.orders')?.points[0]?.value, 2 * REQUESTS);
    });
  }

  test('Bun: sources that are chosen and cannot measure are not claimed either', async (t) => {
    const program = await bun(t, { PITOT_SOURCES: 'http,pg,errors' });
    checkMetrics(await program.scrape());
    assert.match(program.stderr, /measures errors\n$/);
  });

  test('Deno: the application’s metrics, its requests and their routes are exact', async (t) => {
    const program = await deno(t, ['--allow-all']);
    const exposition = await until(
      async () => {
        const scraped = await program.scrape();
        return requestsIn(scraped) === REQUESTS ? scraped : undefined;
      },
      { what: 'all requests', instead: () => program.stderr },
    );
    checkMetrics(exposition);
    assert.match(program.stderr, /^pitot: [^\n]*\/metrics[^\n]*\n$/);
    assert.deepEqual(served(exposition, /^nodejs_eventloop_(time|utilization)/), []);
    assert.notDeepEqual(served(exposition, /^v8js_memory_heap_used/), []);
    await checkEnd(program);
  });

  test('Deno without --allow-sys: metrics of the host are missing, one line says so, the exit code stays', async (t) => {
    const program = await deno(t, ['--allow-net', '--allow-read', '--allow-env']);
    checkMetrics(await program.scrape());
    assert.match(program.stderr, /--allow-sys[^\n]*Said once/);
    await checkEnd(program);
  });

  for (const [missing, permissions] of [
    ['--allow-read', ['--allow-net', '--allow-env', '--allow-sys']],
    ['--allow-env', ['--allow-net', '--allow-read', '--allow-sys']],
  ] as const) {
    test(`Deno without ${missing}: nothing is served, and the application runs and ends as without pitot`, async (t) => {
      const program = await deno(t, permissions, 'plain.mjs');
      await checkEnd(program);
      assert.match(program.stderr, /^pitot: /m);
    });
  }
});

interface Program extends Child {
  scrape(): Promise<Exposition>;
}

async function run(
  t: Lifetime,
  cwd: string,
  [command = '', ...args]: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Program> {
  const env = {
    ...inherited(),
    NO_COLOR: '1',
    OTEL_EXPORTER_PROMETHEUS_PORT: '0',
    PITOT_STALL_CAUSES: 'false',
    ...more,
  };
  const program = await startChild(t, join(cwd, 'node_modules', command), { args, cwd, env });
  const scrape = async () => {
    const [endpoint] = await program.line(/http:\S+\/metrics/);
    await program.line(/^listening on/);
    return parseExposition(await (await fetch(endpoint)).text());
  };
  return Object.assign(program, { scrape });
}

function checkMetrics({ samples }: Exposition): void {
  assert.equal(value(samples, 'shop_orders_total', { channel: 'web' }), 2 * REQUESTS);
  assert.equal(value(samples, 'shop_stock'), 5);
  assert.equal(value(samples, 'shop_wait_seconds_count'), REQUESTS);
}

function served({ samples }: Exposition, names: RegExp): string[] {
  return samples.map(({ name }) => name).filter((name) => names.test(name));
}

function requestsIn({ samples }: Exposition): number | undefined {
  return select(samples, 'http_server_request_duration_seconds_count', { http_route: '/orders/:id' })[0]
    ?.value;
}

/** Ends it by `process.exit(7)`. */
async function checkEnd(program: Program): Promise<void> {
  const [, port] = await program.line(/^listening on (\d+)$/);
  await fetch(`http://127.0.0.1:${port}/end`).catch(() => {});
  assert.deepEqual(await program.ended(), { code: 7, signal: null });
}
