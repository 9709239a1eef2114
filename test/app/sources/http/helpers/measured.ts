import type { Attributes } from '@opentelemetry/api';
import type { DataPoint, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../../../src/app/record/recorder.ts';
import { measureHttp } from '../../../../../src/app/sources/http/native-http.ts';
import type { NativeHttpOptions } from '../../../../../src/app/sources/http/options.ts';
import type { Lifetime } from '../../../../harness/lifetime.ts';
import { until } from '../../../../harness/until.ts';
import { readerOf } from '../../../record/helpers/collect.ts';

/** One series of a histogram. */
export interface Counted {
  readonly attributes: Attributes;
  readonly count: number;
  readonly sum: number;
}

export interface MeasuredHttp {
  /** The series of a histogram or of a sum, which has its value for `sum` and 1 for `count`. */
  series(name: string): Promise<readonly Counted[]>;
  /** The series of a histogram once they have counted `total` values together and nothing is active. */
  counted(name: string, total: number): Promise<readonly Counted[]>;
  /** All values of a sum added up. */
  total(name: string): Promise<number>;
  stop(): void;
  readonly recorder: Recorder;
}

/** Begins to measure HTTP in this process, over a recorder of its own. */
export function measuredHttp(lifetime: Lifetime, options: NativeHttpOptions = {}): MeasuredHttp {
  const recorder = new Recorder();
  const read = readerOf(recorder);
  const stop = measureHttp(recorder.getMeter('test'), options);
  lifetime.after(stop);

  const series = async (name: string) =>
    countedIn(
      (await read()).flatMap(({ metrics }) => metrics),
      name,
    );
  const total = async (name: string) => (await series(name)).reduce((all, { sum }) => all + sum, 0);
  const side = (name: string) => (name.startsWith('http.client') ? 'http.client' : 'http.server');
  return {
    series,
    total,
    counted: async (name, expected) => {
      let last: readonly Counted[] = [];
      return until(
        async () => {
          last = await series(name);
          const count = last.reduce((all, one) => all + one.count, 0);
          if (count > expected) throw new Error(`${count} values of ${name}: ${JSON.stringify(last)}`);
          const active = await total(`${side(name)}.active_requests`);
          return count === expected && active === 0 ? last : undefined;
        },
        { what: `${expected} values of ${name}`, instead: () => JSON.stringify(last, undefined, 1) },
      );
    },
    stop,
    recorder,
  };
}

/** The series of the metric of this name. */
export function countedIn(metrics: readonly MetricData[], name: string): readonly Counted[] {
  const points: readonly DataPoint<unknown>[] =
    metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  return points.map(({ attributes, value }) => {
    if (typeof value === 'number') return { attributes: { ...attributes }, count: 1, sum: value };
    const { count, sum = 0 } = value as Histogram;
    return { attributes: { ...attributes }, count, sum };
  });
}

/** Series by what identifies them, each as the attributes followed by the count: easy to compare. */
export function summary(series: readonly Counted[]): readonly (readonly [string, number])[] {
  return series
    .map(({ attributes, count }): [string, number] => [textOf(attributes), count])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Attributes as one line, without those that every request of a test has in common. */
export function textOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .filter(([name]) => !COMMON.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${SHORT[name] ?? name}=${value}`)
    .join(' ');
}

const COMMON = new Set(['url.scheme', 'network.protocol.version', 'server.address', 'server.port']);
const SHORT: Readonly<Record<string, string>> = {
  'http.request.method': 'method',
  'http.response.status_code': 'status',
  'http.route': 'route',
  'error.type': 'error',
};

/** Waits until the application's connections are in these states, and no others. */
export function connectionStates(http: MeasuredHttp): (expected: readonly string[]) => Promise<void> {
  return async (expected) => {
    let states: readonly string[] = [];
    await until(
      async () => {
        states = (await http.series('http.client.open_connections'))
          .map(({ attributes, sum }) => `${attributes['http.connection.state']} ${sum}`)
          .sort();
        return states.join() === expected.join() || undefined;
      },
      { what: `connections ${expected.join(', ')}`, instead: () => states.join(', ') },
    );
  };
}
