import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { inherited } from '../harness/service.ts';
import { installedBesidePitot } from './helpers/installed.ts';
import { startTraceCollector } from './helpers/trace-collector.ts';
import { total } from './helpers/traced-program.ts';

/* Agents of vendors as installed packages, with a collector that takes everything and keeps nothing. */

const REQUESTS = 5;
const PITOT = ['--import', 'pitot/instrumentation'];

const AGENTS: readonly (readonly [name: string, nodeArgs: readonly string[]])[] = [
  ['New Relic 14', ['--require', './new-relic.cjs']],
  ['Elastic APM 4', ['--require', './elastic.cjs']],
  ['EDOT 1 (@elastic/opentelemetry-node)', ['--import', './elastic-opentelemetry.mjs']],
  ['Sentry 11', ['--import', './sentry.mjs']],
  ['Datadog 6 (dd-trace)', ['--require', './datadog.cjs']],
];

describe('beside the agent', { timeout: 300_000 }, () => {
  const lifetime = lifetimeOfSuite();
  let folder: string;
  let env: NodeJS.ProcessEnv;
  before(async () => {
    folder = await installedBesidePitot([
      ...['@opentelemetry/api@1.9.1', 'newrelic@14.5.1', 'elastic-apm-node@4.18.0', '@sentry/node@11.12.0'],
      ...['@elastic/opentelemetry-node@1.18.0', 'dd-trace@6.21.0'],
    ]);
    await cp(join(import.meta.dirname, 'programs/apm-agents'), folder, { recursive: true });
    const collector = await startTraceCollector(lifetime);
    const { port } = new URL(collector);
    env = {
      ...inherited(),
      COLLECTOR: collector,
      // Agents take long to load on a busy machine, and pitot would warn of that.
      PITOT_STALL_CAUSES: 'false',
      ...{
        NEW_RELIC_APP_NAME: 'shop',
        NEW_RELIC_LICENSE_KEY: '0'.repeat(40),
        NEW_RELIC_LOG_ENABLED: 'false',
      },
      ...{ NEW_RELIC_HOST: '127.0.0.1', NEW_RELIC_PORT: port, NEW_RELIC_NO_CONFIG_FILE: 'true' },
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
      ...{ OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_NODE_RESOURCE_DETECTORS: 'none' },
      ...{ OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', PITOT_METRICS_EXPORTER: 'prometheus' },
    };
  });

  for (const [name, agent] of AGENTS) {
    test(`${name}: without pitot it traces each request, to compare with`, async (t) => {
      assert.equal((await run(t, agent, [])).traced, REQUESTS);
    });

    for (const [order, nodeArgs] of [
      ['pitot first', [...PITOT, ...agent]],
      ['pitot last', [...agent, ...PITOT]],
    ] as const) {
      test(`${name}, ${order}: every request is traced and counted once`, async (t) => {
        const { traced, exposition, stderr } = await run(t, nodeArgs, ['scrape']);
        assert.equal(traced, REQUESTS);
        assert.equal(total(exposition, 'shop_orders_total'), 2 * REQUESTS);
        assert.equal(total(exposition, 'http_server_request_duration_seconds_count'), REQUESTS);
        assert.doesNotMatch(stderr, /pitot: (warning|error)/);
      });
    }
  }

  async function run(t: Lifetime, nodeArgs: readonly string[], programArgs: readonly string[]) {
    const port = String(await freePort());
    const program = await startChild(t, process.execPath, {
      args: [...nodeArgs, 'app.cjs', ...programArgs],
      cwd: folder,
      env: { ...env, OTEL_EXPORTER_PROMETHEUS_PORT: port },
    });
    const [, json = ''] = await program.line(/^result: (.*)$/, 30_000);
    const { code } = await program.ended();
    assert.equal(code, 0);
    const result: { traced: number; exposition: string } = JSON.parse(json);
    return { ...result, stderr: program.stderr };
  }
});
