import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lifetime } from '../../../../harness/lifetime.ts';
import { type ChildApp, startChildApp } from './child-app.ts';
import { type Counted, textOf } from './measured.ts';

export const SERVER = 'http.server.request.duration';
export const CLIENT = 'http.client.request.duration';

export interface Ports {
  readonly plain: number;
  readonly routed: number;
  readonly http2: number;
  readonly calling: number;
}

/** The application, running under one of the two. */
export interface Run {
  readonly app: ChildApp;
  readonly ports: Ports;
}

/** Starts the application under what a file sets up before it. */
export async function startRun(lifetime: Lifetime, preload: string): Promise<Run> {
  const fixture = join(import.meta.dirname, '../fixtures/conformance-app.mjs');
  const app = await startChildApp(lifetime, { app: fixture, preload });
  const [, plain, routed, http2, calling] = await app.child.line(/^ports (\d+) (\d+) (\d+) (\d+)$/);
  return {
    app,
    ports: { plain: Number(plain), routed: Number(routed), http2: Number(http2), calling: Number(calling) },
  };
}

/** The requests of a test to one of the two. */
export type Traffic = (t: TestContext, ports: Ports) => Promise<void>;

/** The series that traffic adds to, each as how many values it added and all that names it. */
export async function recorded(
  t: TestContext,
  { app, ports }: Run,
  traffic: Traffic,
  { metric = SERVER, total }: { metric?: string; total: number },
): Promise<readonly string[]> {
  const before = new Map((await app.counted(metric, 0)).map((one) => [lineOf(one, ports), one.count]));
  const earlier = [...before.values()].reduce((all, count) => all + count, 0);
  await traffic(t, ports);
  // Where nothing is to come there is nothing to wait for but time.
  if (total === 0) await pause(100);
  return (await app.counted(metric, earlier + total))
    .map((one) => ({ line: lineOf(one, ports), count: one.count }))
    .map(({ line, count }) => ({ line, added: count - (before.get(line) ?? 0) }))
    .filter(({ added }) => added > 0)
    .map(({ line, added }) => `${added} ${line}`)
    .sort();
}

function lineOf({ attributes }: Counted, ports: Ports): string {
  const { 'server.port': port, 'server.address': address, ...rest } = attributes;
  const [name] = Object.entries(ports).find(([, known]) => known === port) ?? [port];
  const protocol = ['url.scheme', 'network.protocol.version'].flatMap((key) => rest[key] ?? []);
  return [textOf(rest), ...(address === undefined ? [] : [`to=${address}:${name}`]), ...protocol].join(' ');
}
