import type { Labels } from '../../harness/samples.ts';
import { type Chart, type DashboardFile, panelsOf } from './dashboard-files.ts';

/** The values of one series; null where it has none. All series of a picture have the same times. */
export interface Series {
  /** As the legend has it. */
  readonly name: string;
  readonly labels: Labels;
  readonly values: readonly (number | null)[];
}

/** Prometheus' answers to the queries of one dashboard. */
export interface Answers {
  /** In milliseconds since the epoch. */
  readonly times: readonly number[];
  /** The series of each query, by the panel. */
  readonly byPanel: ReadonlyMap<Chart, readonly (readonly Series[])[]>;
}

/** All in seconds. */
export interface Range {
  readonly end: number;
  readonly length: number;
  readonly step: number;
  /** For `$__rate_interval`. */
  readonly rateInterval: number;
}

/** Asks every query of the dashboard for the range, with the variables as Grafana writes them. */
export async function askPrometheus(
  url: string,
  dashboard: DashboardFile,
  job: string,
  { end, length, step, rateInterval }: Range,
): Promise<Answers> {
  const steps = Math.floor(length / step);
  const start = end - steps * step;
  const variables: Readonly<Record<string, string>> = {
    job,
    instance: '.+',
    __rate_interval: `${rateInterval}s`,
    __range: `${length}s`,
  };
  const ask = async ({ expr, legendFormat = '__auto' }: Chart['targets'][number]) => {
    const query = expr.replace(/\$(\w+)/g, (all, name: string) => variables[name] ?? all);
    const parameters = { query, start: String(start), end: String(end), step: String(step) };
    const response = await fetch(`${url}/api/v1/query_range?${new URLSearchParams(parameters)}`);
    const answer = (await response.json()) as Matrix;
    if (answer.data === undefined) throw new Error(`${query}: ${answer.error}`);
    return answer.data.result.map(({ metric, values = [] }): Series => {
      const found = new Map(values.map(([time, text]) => [Math.round((time - start) / step), Number(text)]));
      return {
        name: nameOf(legendFormat, metric),
        labels: metric,
        values: Array.from({ length: steps + 1 }, (_, i) => finite(found.get(i))),
      };
    });
  };
  const entries = panelsOf(dashboard).map(async (panel) => {
    return [panel, await Promise.all(panel.targets.map(ask))] as const;
  });
  return {
    times: Array.from({ length: steps + 1 }, (_, i) => (start + i * step) * 1000),
    byPanel: new Map(await Promise.all(entries)),
  };
}

/** The answer of `query_range`. */
interface Matrix {
  readonly error?: string;
  readonly data?: {
    readonly result: readonly {
      readonly metric: Labels;
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

function nameOf(legendFormat: string, labels: Labels): string {
  if (legendFormat === '__auto') return Object.values(labels).join(' ');
  return legendFormat.replace(/{{(\w+)}}/g, (_, label: string) => labels[label] ?? '').trim() || 'Value';
}

/** A quantile of nothing is NaN, which Grafana leaves out too. */
function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
