import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { packedTarball } from '../harness/packed-tarball.ts';
import { inherited } from '../harness/service.ts';
import { install, installed } from './helpers/installed.ts';
import {
  exemplarTraces,
  type ModuleKind,
  REQUESTS,
  type TracedRun,
  total,
  tracedProgram,
  tracingSetUp,
} from './helpers/traced-program.ts';

/** The SDK's packages, by major version. From 3.x on they need version 1.10 of the API themselves. */
const SDKS = [
  { sdk: '1.30', tracer: 'sdk-trace-node', core: '1.30.1', instrumentations: '0.57.2' },
  { sdk: '2.x', tracer: 'sdk-trace-node', core: '2.12.1', instrumentations: '0.223.0' },
  { sdk: '3.x', tracer: 'sdk-trace', core: '3.1.0', instrumentations: '0.301.0' },
] as const;

const APIS = ['1.4.1', '1.7.0', '1.9.1', '1.10.0'];
const PITOT = ['--import', 'pitot/instrumentation'];

for (const { sdk, tracer, core, instrumentations } of SDKS) {
  for (const api of sdk === '3.x' ? ['1.10.0'] : APIS) {
    describe(`@opentelemetry/api ${api} with SDK ${sdk}`, { timeout: 300_000 }, () => {
      let folder: string;
      before(async () => {
        folder = await installed([
          `@opentelemetry/api@${api}`,
          `@opentelemetry/${tracer}@${core}`,
          `@opentelemetry/context-async-hooks@${core}`,
          `@opentelemetry/instrumentation@${instrumentations}`,
          `@opentelemetry/instrumentation-http@${instrumentations}`,
        ]);
        await install(folder, ['--no-save', await packedTarball()]);
      });

      for (const kind of ['ESM', 'CommonJS'] as const) {
        for (const order of ['pitot first', 'tracing first'] as const) {
          test(`${order}, ${kind}: counts, spans and exemplars are exact, and nothing is said`, async (t) => {
            const { files, run } = programs(t, folder, kind, `@opentelemetry/${tracer}`);
            const tracing = ['--import', `./${(await files).tracing}`];
            const { spans, metrics } = await run(
              order === 'pitot first' ? [...PITOT, ...tracing] : [...tracing, ...PITOT],
            );
            assert.equal(total(metrics, 'shop_orders_total'), REQUESTS);
            assert.equal(total(metrics, 'http_server_request_duration_seconds_count'), REQUESTS);
            const servers = spans.filter(({ name }) => name === 'GET');
            const orders = spans.filter(({ name }) => name === 'order');
            assert.deepEqual(
              [servers.length, orders.length, spans.length],
              [REQUESTS, REQUESTS, 2 * REQUESTS],
            );
            for (const { parent, traceId } of orders) {
              assert.ok(servers.some((server) => server.id === parent && server.traceId === traceId));
            }
            const traces = new Set(spans.map(({ traceId }) => traceId));
            const [ofOrders, ofRequests] = [
              'shop_orders_total',
              'http_server_request_duration_seconds_bucket',
            ].map((name) => exemplarTraces(metrics, name));
            assert.ok(ofOrders?.length && ofOrders.every((id) => traces.has(id)), 'exemplars of orders');
            assert.ok(
              ofRequests?.length && ofRequests.every((id) => traces.has(id)),
              'exemplars of requests',
            );
          });
        }
      }
    });
  }
}

function programs(lifetime: Lifetime, cwd: string, kind: ModuleKind, tracer: string) {
  const ending = kind === 'ESM' ? 'mjs' : 'cjs';
  const files = { app: `app.${ending}`, tracing: `tracing.${ending}` };
  const written = Promise.all([
    writeFile(join(cwd, files.app), tracedProgram(kind)),
    writeFile(join(cwd, files.tracing), tracingSetUp(kind, tracer)),
  ]).then(() => files);
  return {
    files: written,
    async run(preloads: readonly string[]): Promise<TracedRun> {
      const port = String(await freePort());
      const env = { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: port, OTEL_LOG_LEVEL: 'warn' };
      const program = await startChild(lifetime, process.execPath, {
        args: [...preloads, files.app],
        cwd,
        env,
      });
      const ending = await program.ended();
      assert.deepEqual([ending.code, program.stderr], [0, '']);
      return JSON.parse(program.stdout);
    },
  };
}
