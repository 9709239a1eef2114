import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { freePort } from '../harness/free-port.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import type {
  OtlpBuckets,
  OtlpExponentialHistogram,
  OtlpMetric,
  OtlpPoint,
} from '../harness/otlp-decoding.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../harness/otlp-receiver.ts';
import { PATIENT, type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import type { Program } from './fixtures/random-steps.ts';
import { StockRun, type Temporality } from './helpers/stock-run.ts';

/*
 * Services that record at random, in several intervals, threads and processes, compared with the stock SDK after the
 * same recordings: each interval over OTLP, and the totals of all processes in text. `npm run test:differential` goes
 * on for an hour; a failure names the seed, which PITOT_DIFFERENTIAL_SEED repeats.
 */

const SECONDS = Number(process.env.PITOT_DIFFERENTIAL_SECONDS ?? 0);
const SEED = Number(process.env.PITOT_DIFFERENTIAL_SEED ?? 1);

interface Setup {
  readonly protocol: 'http/json' | 'http/protobuf';
  readonly temporality: Temporality;
  readonly processes: number;
  readonly threads: number;
  readonly intervals: number;
}

const SETUPS: readonly Setup[] = [
  { protocol: 'http/json', temporality: 'cumulative', processes: 1, threads: 3, intervals: 4 },
  { protocol: 'http/protobuf', temporality: 'delta', processes: 2, threads: 2, intervals: 4 },
  { protocol: 'http/protobuf', temporality: 'cumulative', processes: 2, threads: 1, intervals: 6 },
  { protocol: 'http/json', temporality: 'delta', processes: 1, threads: 1, intervals: 6 },
];

/** The points of the program by their metric and attributes. A difference of nothing is as good as no point. */
function pointsOf(metrics: readonly OtlpMetric[]): Map<string, unknown> {
  const points = new Map<string, unknown>();
  for (const { scope, name, kind, temporality, monotonic, points: list } of metrics) {
    if (scope.name !== 'random') continue;
    for (const { attributes, value } of list) {
      if (temporality === 'delta' && (typeof value === 'number' ? value : value.count) === 0) continue;
      const key = JSON.stringify([name, Object.entries(attributes).sort()]);
      points.set(key, { kind, temporality, monotonic, value: comparable(value) });
    }
  }
  return points;
}

/** The coarsest scale of all exponential histograms here. A finer one has the same counts in more buckets. */
const SCALE = -3;

function comparable(value: OtlpPoint['value']): unknown {
  if (typeof value === 'number' || !('scale' in value)) return value;
  const { scale, positive, negative, ...rest } = value satisfies OtlpExponentialHistogram;
  return { ...rest, positive: coarser(positive, scale), negative: coarser(negative, scale) };
}

function coarser({ offset, counts }: OtlpBuckets, scale: number): Readonly<Record<number, number>> {
  const coarse: Record<number, number> = {};
  counts.forEach((count, i) => {
    const index = Math.floor((offset + i) / 2 ** (scale - SCALE));
    if (count > 0) coarse[index] = (coarse[index] ?? 0) + count;
  });
  return coarse;
}

/** The samples of the program in a text, without those that only one of the two writes. */
function samplesIn(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.includes('otel_scope_name="random"') && !line.startsWith('exponential'))
    .map((line) => {
      const [, name = '', pairs = '', value = ''] = /^([^{]+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      const labels = [...pairs.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)].map(String).sort();
      return `${name}{${labels}} ${value}`;
    })
    .sort();
}

async function run(t: Lifetime, seed: number, setup: Setup): Promise<void> {
  const { protocol, temporality, processes, threads, intervals } = setup;
  const port = String(await freePort());
  const programs = Array.from(
    { length: processes },
    (_, i): Program => ({ seed, process: i, threads, intervals }),
  );
  const receivers: OtlpReceiver[] = [];
  const services: Service[] = [];
  for (const program of programs) {
    const receiver = await startOtlpReceiver(t);
    receivers.push(receiver);
    const service = await startService(t, {
      args: ['test/e2e/fixtures/random-program.ts', JSON.stringify(program)],
      env: {
        OTEL_EXPORTER_PROMETHEUS_PORT: port,
        OTEL_METRICS_EXPORTER: 'prometheus,otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
        OTEL_METRIC_EXPORT_INTERVAL: '3600000',
        ...PATIENT,
      },
    });
    services.push(service);
  }
  for (const service of services) await service.line(/^recorded$/);
  for (const [i, program] of programs.entries()) {
    const stock = new StockRun(temporality);
    const requests = receivers[i]?.requests ?? [];
    assert.equal(requests.length, intervals);
    for (const [interval, { metrics }] of requests.entries()) {
      stock.perform(program, interval);
      assert.deepEqual(pointsOf(metrics), pointsOf(await stock.otlp()), `interval ${interval}`);
    }
  }
  const all = new StockRun('cumulative');
  for (const program of programs) {
    for (let interval = 0; interval < intervals; interval++) all.perform(program, interval);
  }
  const expected = samplesIn(await all.text());
  let served: readonly string[] = [];
  // A process that has just joined may still be missing in series that others have, too.
  await until(
    async () => {
      served = samplesIn(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
      return isDeepStrictEqual(served, expected) || undefined;
    },
    { what: 'the values of all processes', instead: () => differenceOf(served, expected) },
  );
}

function differenceOf(served: readonly string[], expected: readonly string[]): string {
  const missing = expected.filter((line) => !served.includes(line));
  const surplus = served.filter((line) => !expected.includes(line));
  return [...missing.map((line) => `- ${line}`), ...surplus.map((line) => `+ ${line}`)].join('\n');
}

test('random services export what the stock SDK does, over OTLP and as text', async (t) => {
  const end = performance.now() + SECONDS * 1000;
  // Without a time, the first two setups run once.
  const setups = SECONDS === 0 ? SETUPS.slice(0, 2) : SETUPS;
  let seed = SEED;
  do {
    for (const setup of setups) {
      const what = `PITOT_DIFFERENTIAL_SEED=${seed} ${JSON.stringify(setup)}`;
      await t.test(what, (one) => run(one, seed, setup));
    }
    seed++;
  } while (performance.now() < end);
});
