import { connect } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { type Child, startChild } from '../../../../harness/child.ts';
import type { Lifetime } from '../../../../harness/lifetime.ts';
import { inherited } from '../../../../harness/service.ts';
import { until } from '../../../../harness/until.ts';
import { type Counted, countedIn } from './measured.ts';

export interface ChildApp {
  readonly child: Child;
  readonly port: number;
  /** The series of a histogram once they have counted `total` values together. */
  counted(name: string, total: number): Promise<readonly Counted[]>;
}

/** Runs a program under `node --import` of another file, which says where its metrics are to be had. */
export async function startChildApp(
  lifetime: Lifetime,
  { app, preload, args = [] }: { app: string; preload: string; args?: readonly string[] },
): Promise<ChildApp> {
  const child = await startChild(lifetime, process.execPath, {
    args: ['--import', pathToFileURL(join(import.meta.dirname, preload)).href, app, ...args],
    env: inherited(),
  });
  const metricsPort = Number((await child.line(/^metrics on (\d+)$/))[1]);
  const port = Number((await child.line(/^listening on (\d+)$/))[1]);
  return {
    child,
    port,
    counted: async (name, total) => {
      let series: readonly Counted[] = [];
      return until(
        async () => {
          series = countedIn(await collect(metricsPort), name);
          const count = series.reduce((all, one) => all + one.count, 0);
          return count >= total ? series : undefined;
        },
        { what: `${total} values of ${name}`, instead: () => JSON.stringify(series) + child.stderr },
      );
    },
  };
}

async function collect(port: number): Promise<readonly MetricData[]> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  for await (const chunk of socket) text += chunk;
  return JSON.parse(text);
}
