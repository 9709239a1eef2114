import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Discovery } from '../../../../src/channel/discovery/discovery.ts';
import { parseExposition } from '../../../harness/exposition.ts';
import { freePort } from '../../../harness/free-port.ts';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { type Labels, type Sample, select } from '../../../harness/samples.ts';
import { type Service, startService } from '../../../harness/service.ts';

export interface App extends Service {
  /** Asks the program to do something; resolves when it has. */
  ask(path: string): Promise<void>;
}

export interface Fleet {
  readonly port: number;
  /** The common environment of all its processes. */
  readonly env: Readonly<Record<string, string>>;
  start(options?: {
    readonly nodeArgs?: readonly string[];
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<App>;
  scrape(): Promise<readonly Sample[]>;
}

/** Processes that share an endpoint, in a directory of their own. */
export async function createFleet(
  lifetime: Lifetime,
  env: Readonly<Record<string, string>> = {},
): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-fleet-'));
  lifetime.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const port = await freePort();
  const shared = {
    OTEL_SERVICE_NAME: 'fleet',
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
    XDG_RUNTIME_DIR: folder,
    ...env,
  };
  return {
    port,
    env: shared,
    async start({ args = ['test/hub/processes/programs/counting.mjs'], env: own = {}, ...rest } = {}) {
      const service = await startService(lifetime, { ...rest, args, env: { ...shared, ...own } });
      return Object.assign(service, {
        async ask(path: string) {
          const [, appPort] = await service.line(/^listening on (\d+)$/);
          await (await fetch(`http://127.0.0.1:${appPort}${path}`)).text();
        },
      });
    },
    async scrape() {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      const body = await response.text();
      if (response.status !== 200) throw new Error(`the endpoint answered ${response.status}: ${body}`);
      return parseExposition(body).samples;
    },
  };
}

/** A process is a part of the fleet once its start-up line is there: served by itself or by another. */
export async function joined(app: App): Promise<App> {
  await app.line(/\/metrics\b/);
  return app;
}

/** The sum over all series of that name with at least these labels. */
export function sumOf(samples: readonly Sample[], name: string, labels: Labels = {}): number {
  return select(samples, name, labels).reduce((sum, { value }) => sum + value, 0);
}

/** How a process finds the leader of the fleet. */
export function discoveryOf({ port, env }: Fleet): Discovery {
  return new Discovery({ host: 'localhost', port, env, platform: process.platform });
}
