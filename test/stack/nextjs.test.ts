import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '../harness/free-port.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { select, value } from '../harness/samples.ts';
import { inherited, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/* The application of docs/nextjs.md, built once. */

const REQUESTS = ['/', '/blog/a', '/blog/b', '/blog/bad', '/api/items/1', '/api/items/2', '/nowhere'];
const COUNTED = ['200 /', '200 /api/items/[id]', '200 /blog/[slug]', '404 ', '500 /blog/[slug]'];

describe('Next.js 16', { timeout: 300_000 }, () => {
  let folder: string;
  let built: { readonly stdout: string; readonly stderr: string };
  before(async () => {
    folder = await installedBesidePitot([
      ...['next@16.4.6', 'react@19', 'react-dom@19', '@opentelemetry/api@1.9.1'],
    ]);
    await cp(join(import.meta.dirname, 'programs/nextjs'), folder, { recursive: true });
    const next = join(folder, 'node_modules/.bin/next');
    const env = {
      ...inherited(),
      NODE_OPTIONS: '--import pitot/instrumentation',
      NODE_ENV: 'production' as const,
      NEXT_TELEMETRY_DISABLED: '1',
    };
    built = await promisify(execFile)(process.execPath, [next, 'build'], { cwd: folder, env });
  });

  test('next build is not measured, nor are its workers', () => {
    assert.doesNotMatch(built.stdout + built.stderr, /pitot:/);
  });

  for (const [name, cwd, args] of [
    ['next start', '.', ['node_modules/next/dist/bin/next', 'start']],
    ['the standalone server', '.next/standalone', ['server.js']],
  ] as const) {
    for (const nodeArgs of [[], ['--import', 'pitot/instrumentation']]) {
      test(`${name}, started by ${nodeArgs[0] ?? 'register()'}, counts each request by its route`, async (t) => {
        await measured(t, { cwd: join(folder, cwd), nodeArgs, args });
      });
    }
  }
});

async function measured(
  t: Lifetime,
  { cwd, nodeArgs, args }: { cwd: string; nodeArgs: readonly string[]; args: readonly string[] },
): Promise<void> {
  const port = await freePort();
  const service = await startService(t, {
    nodeArgs,
    args,
    cwd,
    env: {
      PORT: String(port),
      NODE_ENV: 'production',
      OTEL_SERVICE_NAME: 'shop',
      PITOT_STALL_CAUSES: 'false',
    },
  });
  await service.line(/^pitot: shop · /);
  const isUp = () => fetch(`http://127.0.0.1:${port}/nowhere`).then(({ status }) => status === 404);
  await until(() => isUp().catch(() => undefined), { what: 'Next.js', instead: () => service.stdout });
  for (const path of REQUESTS.slice(0, -1)) {
    await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
  }
  let counted: readonly { readonly line: string; readonly value: number }[] = [];
  await until(
    async () => {
      const { samples } = await service.scrape();
      counted = select(samples, 'http_server_request_duration_seconds_count').map(({ labels, value }) => ({
        line: `${labels.http_response_status_code} ${labels.http_route ?? ''}`,
        value,
      }));
      return counted.reduce((sum, one) => sum + one.value, 0) >= REQUESTS.length || undefined;
    },
    { what: 'all requests', instead: () => JSON.stringify(counted) },
  );
  assert.deepEqual(counted.map(({ line }) => line).toSorted(), COUNTED);
  assert.equal(value((await service.scrape()).samples, 'shop_reads_total'), 2);
  assert.doesNotMatch(service.stderr, /pitot: (warning|error)/);
}
