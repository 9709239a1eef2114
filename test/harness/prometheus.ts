import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.ts';
import type { Lifetime } from './lifetime.ts';
import { program, type Release, released } from './programs.ts';
import { type Labels, sampleValue } from './samples.ts';
import { until } from './until.ts';

/** One `scrape_config` of Prometheus, under Prometheus' own names. */
export interface ScrapeConfig {
  readonly job_name: string;
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels?: Labels }[];
  readonly [setting: string]: unknown;
}

/**
 * How Prometheus stores histograms: as buckets that are series, natively where the service offers it, or natively
 * with the classic bounds (native histograms with custom buckets), which the oldest release does not have.
 */
export type HistogramForm = 'classic' | 'native' | 'nhcb';

export interface PrometheusOptions {
  readonly scrapeConfigs: readonly ScrapeConfig[];
  /** Today's unless told otherwise. */
  readonly release?: Release;
  /** The form in which histograms are stored; classic unless told otherwise. */
  readonly histograms?: HistogramForm;
  /** For jobs that name none; 500ms unless told otherwise. */
  readonly scrapeInterval?: string;
  /** Names for `--enable-feature`, such as `native-histograms`. */
  readonly features?: readonly string[];
  /** More of the command line, such as `--web.enable-remote-write-receiver`. */
  readonly args?: readonly string[];
  /** More of the configuration, such as `rule_files`, whose paths are absolute here. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface VectorSample {
  readonly labels: Labels;
  /** The count of a sample that is a native histogram. */
  readonly value: number;
  /** When the value holds, in seconds since the epoch. */
  readonly time: number;
}

export interface Exemplar {
  readonly labels: Labels;
  readonly value: number;
}

export interface Prometheus {
  readonly url: string;
  /** The instant vector (or the scalar, as one sample without labels) at `time`, in seconds; now if absent. */
  query(promql: string, time?: number): Promise<readonly VectorSample[]>;
  /** Asks again until the vector is accepted: not empty, unless `accept` says otherwise. */
  queryUntil(
    promql: string,
    accept?: (vector: readonly VectorSample[]) => boolean,
    timeout?: number,
  ): Promise<readonly VectorSample[]>;
  /** The exemplars of all series that the query selects, by value, once there are so many. */
  exemplars(query: string, atLeast?: number): Promise<readonly Exemplar[]>;
  /**
   * Resolves once every target of the job has answered a scrape that began after this call. What a
   * service recorded before the call can then be queried.
   */
  scraped(job: string, timeout?: number): Promise<void>;
  stop(): Promise<void>;
}

interface Target {
  readonly labels: Labels;
  readonly health: string;
  readonly lastError: string;
  readonly scrapeUrl: string;
}

type QueryData =
  | {
      readonly resultType: 'vector';
      readonly result: readonly {
        readonly metric: Labels;
        readonly value?: readonly [number, string];
        readonly histogram?: readonly [number, { readonly count: string }];
      }[];
    }
  | { readonly resultType: 'scalar'; readonly result: readonly [number, string] }
  | { readonly resultType: 'matrix' | 'string' };

/** Starts a Prometheus of its own, on a free port and in a directory that goes with it. */
export async function startPrometheus(
  lifetime: Lifetime,
  {
    scrapeConfigs,
    release = 'today',
    histograms = 'classic',
    scrapeInterval = '500ms',
    features = [],
    args = [],
    config = {},
  }: PrometheusOptions,
): Promise<Prometheus> {
  const command = program(released('prometheus', release));
  const folder = await mkdtemp(join(tmpdir(), 'pitot-prometheus-'));
  const file = join(folder, 'prometheus.yml');
  // Every JSON document is a YAML document.
  const timing = { scrape_interval: scrapeInterval, scrape_timeout: scrapeInterval };
  const form = formSettings(histograms, release);
  const global = { ...timing, evaluation_interval: scrapeInterval, ...form.global };
  const enabled = [...features, ...form.features];
  await writeFile(file, JSON.stringify({ ...config, global, scrape_configs: scrapeConfigs }));
  const child = await startChild(lifetime, command, {
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      // Prometheus finds its targets 5 seconds after its start; without this it may be 10.
      '--scrape.discovery-reload-interval=100ms',
      ...(enabled.length === 0 ? [] : [`--enable-feature=${enabled.join(',')}`]),
      ...args,
    ],
  });
  const stop = async () => {
    await child.kill();
    await rm(folder, { recursive: true, force: true });
  };
  lifetime.after(stop);
  const [, address] = await child.line(/msg="Listening on" (?:component=web )?address=(\S+)/);
  await child.line(/Server is ready to receive web requests/);
  const url = `http://${address}`;

  const query = async (promql: string, time?: number) => {
    const at = time === undefined ? {} : { time: String(time) };
    const data: QueryData = await get(`${url}/api/v1/query?${new URLSearchParams({ query: promql, ...at })}`);
    if (data.resultType === 'scalar') return [vectorSample({}, data.result)];
    if (data.resultType === 'vector')
      return data.result.map(({ metric, value, histogram: [time, { count }] = [0, { count: 'NaN' }] }) =>
        vectorSample(metric, value ?? [time, count]),
      );
    throw new Error(`${promql} gives a ${data.resultType}, not an instant vector`);
  };

  const targets = async (job: string) => {
    const { activeTargets }: { activeTargets: readonly Target[] } = await get(
      `${url}/api/v1/targets?state=active`,
    );
    return activeTargets.filter(({ labels }) => labels.job === job);
  };

  const queryUntil: Prometheus['queryUntil'] = async (promql, accept = (v) => v.length > 0, timeout) => {
    let last: readonly VectorSample[] = [];
    return until(
      async () => {
        last = await query(promql);
        return accept(last) ? last : undefined;
      },
      {
        what: `an acceptable answer to ${promql}`,
        instead: () => `its last answer: ${JSON.stringify(last, undefined, 2)}`,
        ...(timeout !== undefined && { timeout }),
      },
    );
  };

  return {
    url,
    query,
    queryUntil,
    exemplars: (promql, atLeast = 1) =>
      until(
        async () => {
          const HOUR = 3600;
          const now = Date.now() / 1000;
          const range = { query: promql, start: String(now - HOUR), end: String(now + HOUR) };
          const data: readonly { readonly exemplars: readonly { labels: Labels; value: string }[] }[] =
            await get(`${url}/api/v1/query_exemplars?${new URLSearchParams(range)}`);
          const all = data.flatMap(({ exemplars }) => exemplars);
          return all.length < atLeast
            ? undefined
            : all
                .map(({ labels, value }) => ({ labels, value: Number(value) }))
                .toSorted((a, b) => a.value - b.value);
        },
        { what: `${atLeast} exemplars of ${promql}` },
      ),
    scraped: async (job, timeout) => {
      // Prometheus may move the time of a scrape by some milliseconds to keep intervals even.
      const since = Date.now() / 1000 + 0.01;
      const selector = `up{job="${job}"}`;
      await until(
        async () => {
          const up = await query(`timestamp(${selector}) > ${since} and ${selector} == 1`);
          return up.length > 0 && up.length === (await targets(job)).length ? up : undefined;
        },
        {
          what: `a scrape of ${job}`,
          instead: async () =>
            (await targets(job)).map((t) => `${t.scrapeUrl}: ${t.health} ${t.lastError}`).join('\n') ||
            'the job has no target',
          ...(timeout !== undefined && { timeout }),
        },
      );
    },
    stop,
  };
}

/** 2.42 asks for native histograms by a feature flag, which 3.9 and later replace by settings of the scrape. */
function formSettings(
  histograms: HistogramForm,
  release: Release,
): { global: Readonly<Record<string, boolean>>; features: readonly string[] } {
  if (histograms === 'classic') return { global: {}, features: [] };
  if (release === 'oldest') {
    if (histograms === 'nhcb') throw new Error('the oldest Prometheus has no NHCB');
    return { global: {}, features: ['native-histograms'] };
  }
  const native = { scrape_native_histograms: true };
  return {
    global: histograms === 'native' ? native : { ...native, convert_classic_histograms_to_nhcb: true },
    features: [],
  };
}

function vectorSample(labels: Labels, [time, value]: readonly [number, string]): VectorSample {
  return { labels, value: sampleValue(value), time };
}

/** The `data` of an answer of the HTTP API; an error with its text when it is not a success. */
async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  const answer: unknown = await response.json();
  const { status, data, error } = answer as { status: string; data: T; error?: string };
  if (status !== 'success') throw new Error(`${url}: ${error}`);
  return data;
}
