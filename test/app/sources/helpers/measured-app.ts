import { once } from 'node:events';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Attributes } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { type Child, startChild } from '../../../harness/child.ts';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { inherited } from '../../../harness/service.ts';
import { until } from '../../../harness/until.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, 'preload.ts')).href;
const FIXTURES = join(import.meta.dirname, '../fixtures');

/** One series of a histogram: what it is called, and how many values it counted. */
export interface Counted {
  readonly attributes: Attributes;
  readonly count: number;
}

export interface MeasuredApp {
  readonly child: Child;
  /** The sources that were started. */
  readonly names: readonly string[];
  /** The port the application says it listens on. */
  port(): Promise<number>;
  collect(): Promise<readonly MetricData[]>;
  /**
   * The series of a histogram, once they have counted `total` values together: what a client has read to
   * the end may not have closed on the server yet.
   */
  counted(histogram: string, total: number): Promise<readonly Counted[]>;
  stop(): Promise<void>;
}

export interface MeasuredAppOptions {
  /** A file of the folder `fixtures`, or an absolute path. */
  readonly app: string;
  readonly args?: readonly string[];
  /** A file of the folder `fixtures` that is loaded before the sources are started. */
  readonly before?: string;
  readonly enabled?: readonly string[];
  readonly disabled?: readonly string[];
}

/** Runs an application under `node --import` with the automatic sources and the stock SDK. */
export async function startMeasuredApp(
  lifetime: Lifetime,
  { app, args = [], before, enabled, disabled }: MeasuredAppOptions,
): Promise<MeasuredApp> {
  const preloads = before === undefined ? [PRELOAD] : [pathToFileURL(join(FIXTURES, before)).href, PRELOAD];
  const child = await startChild(lifetime, process.execPath, {
    args: [...preloads.flatMap((url) => ['--import', url]), resolve(FIXTURES, app), ...args],
    env: { ...inherited(), SOURCES: JSON.stringify({ enabled, disabled }) },
  });
  const [, names = '', commands] = await child.line(/^sources: (.*); commands: (\d+)$/);

  const command = async (text: string) => {
    const socket = connect(Number(commands), '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    socket.write(text);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    return JSON.parse(answer);
  };
  const collect = (): Promise<readonly MetricData[]> => command('collect');

  return {
    child,
    names: names.split(' ').filter((name) => name !== ''),
    port: async () => Number((await child.line(/^listening on (\d+)$/))[1]),
    collect,
    counted: async (histogram, total) => {
      let series: readonly Counted[] = [];
      return until(
        async () => {
          series = seriesOf(await collect(), histogram);
          return series.reduce((sum, { count }) => sum + count, 0) >= total ? series : undefined;
        },
        {
          what: `${total} values of ${histogram}`,
          instead: () => `${JSON.stringify(series, undefined, 1)}\n${child.stderr}`,
        },
      );
    },
    stop: () => command('stop'),
  };
}

/** Sorted by what identifies them, so that lists of series can be compared. */
export function sorted(series: readonly Counted[]): readonly Counted[] {
  return series
    .map(({ attributes, count }) => ({
      attributes: Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))),
      count,
    }))
    .sort((a, b) => (JSON.stringify(a.attributes) < JSON.stringify(b.attributes) ? -1 : 1));
}

function seriesOf(metrics: readonly MetricData[], name: string): readonly Counted[] {
  const points = metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  return sorted(
    points.map(({ attributes, value }) => ({
      attributes,
      count: typeof value === 'object' ? value.count : 0,
    })),
  );
}
