import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Child, startChild } from './child.ts';
import { type Exposition, parseExposition } from './exposition.ts';
import type { Lifetime } from './lifetime.ts';

export const REPOSITORY = join(import.meta.dirname, '../..');

/** The door as the repository has it: what `pitot/instrumentation` is to a user. */
export const DOOR: readonly string[] = [
  '--import',
  pathToFileURL(join(REPOSITORY, 'src/instrumentation.ts')).href,
];

/** For a service that must lose nothing at its end: on a busy machine its hub takes longer than the default to start. */
export const PATIENT = { PITOT_FLUSH_TIMEOUT: '60000' } as const;

export interface ServiceOptions {
  /** Arguments of `node` before the program's; the repository's door unless told otherwise. */
  readonly nodeArgs?: readonly string[];
  /** The program and its own arguments. */
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the environment, from which what would configure pitot or node was taken. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Service extends Child {
  /** The endpoint's URL as the start-up line gives it. */
  endpoint(): Promise<URL>;
  /** One scrape of the endpoint; an error unless it is a 200 whose body is well formed. */
  scrape(): Promise<Exposition>;
}

/** Runs a node program under pitot, on a port of its own. */
export async function startService(lifetime: Lifetime, options: ServiceOptions): Promise<Service> {
  const { nodeArgs = DOOR, args, cwd = REPOSITORY, env = {} } = options;
  const child = await startChild(lifetime, process.execPath, {
    args: [...nodeArgs, ...args],
    cwd,
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env },
  });
  return serviceOf(child);
}

/** A process that pitot measures. */
export function serviceOf(child: Child): Service {
  const endpoint = async () => {
    const [url] = await child.line(/https?:\/\/[^\s/]+\/metrics\b/);
    return new URL(url);
  };
  // The properties of a child are read when they are asked for, so it is extended, not copied.
  return Object.assign(child, {
    endpoint,
    scrape: async () => {
      const response = await fetch(await endpoint());
      const body = await response.text();
      if (response.status !== 200) throw new Error(`the endpoint answered ${response.status}: ${body}`);
      return parseExposition(body);
    },
  });
}

/** This process' environment without what would configure pitot, or node, in a service under test. */
export function inherited(): NodeJS.ProcessEnv {
  const configuring = /^(OTEL_.*|NODE_OPTIONS|NODE_TEST_CONTEXT)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configuring.test(name)));
}
