import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { packedTarball } from '../harness/packed-tarball.ts';
import { inherited, REPOSITORY } from '../harness/service.ts';
import { startTraceCollector } from './helpers/trace-collector.ts';
import { total } from './helpers/traced-program.ts';

/* OpenTelemetry 2.x as most installations have it, set up without code and by NodeSDK, in a clean installation. */

const REQUESTS = 5;
const PACKAGES = [
  ...['@opentelemetry/sdk-node@0.220.0', '@opentelemetry/auto-instrumentations-node@0.78.0'],
  ...['@opentelemetry/api@1.9.1', 'express@5.3.0'],
];
const PITOT = ['--import', 'pitot/instrumentation'];
const ZERO_CODE = ['--require', '@opentelemetry/auto-instrumentations-node/register'];
const NODE_SDK = ['--import', './tracing.mjs'];

const TRACING = `
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
new NodeSDK({ instrumentations: [getNodeAutoInstrumentations()], metricReaders: [] }).start();
`;

const APPLICATION = `
const app = express();
const orders = metrics.getMeter('shop').createCounter('shop.orders');
app.get('/orders/:id', (_, response) => {
  orders.add(2);
  response.send('ok');
});
const server = app.listen(0, '127.0.0.1', async () => {
  for (let n = 0; n < ${REQUESTS}; n++) {
    await (await fetch('http://127.0.0.1:' + server.address().port + '/orders/' + n)).text();
  }
  // Spans are exported after OTEL_BSP_SCHEDULE_DELAY.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const traced = Number(await (await fetch(process.env.COLLECTOR + '/traced')).text());
  const exposition = await (await fetch(process.env.ENDPOINT)).text();
  console.log('result: ' + JSON.stringify({ traced, exposition }));
  process.exit();
});
`;

describe('beside OpenTelemetry 2.x', { timeout: 300_000 }, () => {
  const lifetime = lifetimeOfSuite();
  const folder = join(REPOSITORY, '.cache/neighbours/zero-code');
  let collector: string;
  before(async () => {
    // As a new user installs it: npm would refuse packages whose peers do not fit.
    if (!existsSync(join(folder, 'node_modules'))) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true }));
      await npmInstall(PACKAGES);
    }
    await npmInstall(['--no-save', await packedTarball()]);
    await writeFile(join(folder, 'tracing.mjs'), TRACING);
    const names = ['express', '@opentelemetry/api'];
    const imports = `import express from '${names[0]}';\nimport { metrics } from '${names[1]}';\n`;
    const requires = `const express = require('${names[0]}');\nconst { metrics } = require('${names[1]}');\n`;
    await writeFile(join(folder, 'app.mjs'), imports + APPLICATION);
    await writeFile(join(folder, 'app.cjs'), requires + APPLICATION);
    collector = await startTraceCollector(lifetime);
  });

  async function npmInstall(args: readonly string[]): Promise<void> {
    const options = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', ...args];
    await promisify(execFile)('npm', options, { cwd: folder, env: inherited(), maxBuffer: 2 ** 24 });
  }

  for (const app of ['app.cjs', 'app.mjs']) {
    for (const [way, nodeArgs, env] of [
      ['NodeSDK with metricReaders: [], pitot first', [...PITOT, ...NODE_SDK], {}],
      ['NodeSDK with metricReaders: [], pitot last', [...NODE_SDK, ...PITOT], {}],
      ['without code, pitot first', [...PITOT, ...ZERO_CODE], { OTEL_METRICS_EXPORTER: 'none' }],
      ['without code, pitot last', [...ZERO_CODE, ...PITOT], { OTEL_METRICS_EXPORTER: 'none' }],
    ] as const) {
      test(`${way}, ${app}: nothing is lost, doubled or warned of`, async (t) => {
        const { traced, exposition, stderr } = await run(t, nodeArgs, app, env);
        assert.equal(traced, REQUESTS);
        assert.equal(total(exposition, 'shop_orders_total'), 2 * REQUESTS);
        assert.equal(total(exposition, 'http_server_request_duration_seconds_count'), REQUESTS);
        const routed = exposition.match(
          /^http_server_request_duration_seconds_count\{.*http_route="\/orders\/:id"/gm,
        );
        assert.equal(routed?.length, 1);
        assert.doesNotMatch(stderr, /warning|error:|duplicate/i);
      });
    }
  }

  for (const [order, nodeArgs] of [
    ['pitot first', [...PITOT, ...ZERO_CODE]],
    ['pitot last', [...ZERO_CODE, ...PITOT]],
  ] as const) {
    test(`without code and with metrics of both, ${order}: one line gives the remedy`, async (t) => {
      const { stderr } = await run(t, nodeArgs, 'app.cjs', { OTEL_METRICS_EXPORTER: 'otlp' });
      const lines = stderr.split('\n').filter((line) => /^pitot: warning/.test(line));
      assert.equal(lines.length, 1);
      assert.match(lines[0] ?? '', /OTEL_METRICS_EXPORTER=none|metricReaders: \[\]/);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }

  async function run(t: Lifetime, nodeArgs: readonly string[], app: string, more: NodeJS.ProcessEnv) {
    const port = String(await freePort());
    const program = await startChild(t, process.execPath, {
      args: [...nodeArgs, app],
      cwd: folder,
      env: {
        ...inherited(),
        COLLECTOR: collector,
        // A busy machine takes long to load all instrumentations, and pitot would warn of that.
        PITOT_STALL_CAUSES: 'false',
        ENDPOINT: `http://127.0.0.1:${port}/metrics`,
        ...{ OTEL_EXPORTER_PROMETHEUS_PORT: port, PITOT_METRICS_EXPORTER: 'prometheus' },
        ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
        ...{
          OTEL_BSP_SCHEDULE_DELAY: '50',
          OTEL_NODE_RESOURCE_DETECTORS: 'none',
          OTEL_LOGS_EXPORTER: 'none',
        },
        ...more,
      },
    });
    const [, json = ''] = await program.line(/^result: (.*)$/, 30_000);
    assert.deepEqual(await program.ended(), { code: 0, signal: null });
    const result: { traced: number; exposition: string } = JSON.parse(json);
    return { ...result, stderr: program.stderr };
  }
});
