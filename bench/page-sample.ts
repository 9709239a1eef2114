/**
 * What a sample of the live page costs the hub, in a service with 5,000 counters of ten series each:
 * `node bench/page-sample.ts`. One history reads columns, as the hub has them; the other reads the same metrics as points.
 * Rounds alternate. The times are processor time of the thread, which a busy machine changes little.
 */

import type { MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../src/app/record/recorder.ts';
import { SeriesRegistry } from '../src/hub/collect/series-registry.ts';
import { snapshot } from '../src/hub/collect/snapshot.ts';
import { Rings } from '../src/hub/page/rings.ts';
import { createNaming, DEFAULT_STRATEGY } from '../src/naming/naming.ts';
import { table, writeResults } from './results.ts';
import { spreadOf, withQuartiles } from './statistics.ts';

const METRICS = 5000;
const SERIES = 10;
const WARM_UP = 5;
const ROUNDS = 31;

const recorder = new Recorder();
const registry = new SeriesRegistry();
recorder.attach((message) => registry.apply(message));
const meter = recorder.getMeter('large');
const counters = Array.from({ length: METRICS }, (_, i) => meter.createCounter(`app.operation${i}`));

const histories = { columns: createRings(), points: createRings() };
const times = { columns: { read: [], show: [] }, points: { read: [], show: [] } } as Record<
  keyof typeof histories,
  { read: number[]; show: number[] }
>;
for (let round = 0; round < WARM_UP + ROUNDS; round++) {
  for (const each of counters) for (let id = 0; id < SERIES; id++) each.add(id, { 'tenant.id': id });
  const all = { columns: snapshot(registry), points: withoutColumns(snapshot(registry)) };
  const order = round % 2 === 0 ? (['columns', 'points'] as const) : (['points', 'columns'] as const);
  for (const way of order) {
    const rings = histories[way];
    const resourceMetrics = { resource: { attributes: {} }, scopeMetrics: all[way] } as never;
    const read = cpuOf(() => run(rings.read({ resourceMetrics, errors: [] }, [], Date.now(), Date.now())));
    const show = cpuOf(() => {
      run(rings.showSections());
      run(rings.showMetrics());
    });
    if (round < WARM_UP) continue;
    times[way].read.push(read);
    times[way].show.push(show);
  }
}

writeResults(
  'page-sample',
  table(
    [`ms of processor time for ${METRICS * SERIES} series: median (quartiles)`, 'as columns', 'as points'],
    (['read', 'show'] as const).map((what) => [
      what === 'read' ? 'reading the sample' : 'taking it into the histories',
      withQuartiles(spreadOf(times.columns[what]), 1),
      withQuartiles(spreadOf(times.points[what]), 1),
    ]),
  ),
  [],
);

function createRings(): Rings {
  return new Rings({
    ...{ interval: 2000, remembered: 900_000, seriesLimit: 2000 },
    naming: createNaming(DEFAULT_STRATEGY, 'underscores'),
    notReady: () => undefined,
    stalls: () => [],
  });
}

/** The same metrics, whose points are made when they are read. */
function withoutColumns(scopes: readonly ScopeMetrics[]): ScopeMetrics[] {
  return scopes.map(({ scope, metrics }) => ({
    scope,
    metrics: metrics.map((metric) => Object.create(metric) as MetricData),
  }));
}

function run(work: Generator): void {
  while (work.next().done !== true);
}

function cpuOf(work: () => void): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
