/**
 * The memory that a series keeps: `node bench/memory.ts`. See README.md.
 *
 * Each figure comes from a process of its own, after garbage collection. `node bench/memory.ts <part> <kind>` is such a
 * process.
 */
import { execFileSync } from 'node:child_process';
import { deserialize, serialize } from 'node:v8';
import type { Attributes } from '@opentelemetry/api';
import * as prometheusIo from '@prometheus-io/client';
import promClient from 'prom-client';
import { Recorder } from '../src/app/record/recorder.ts';
import { SeriesRegistry } from '../src/hub/collect/series-registry.ts';
import { snapshot } from '../src/hub/collect/snapshot.ts';
import { createTranslate } from '../src/hub/expose/translate.ts';
import type { RecorderMessage } from '../src/model/protocol.ts';
import { table, writeResults } from './results.ts';

const INSTRUMENTS = 100;
const PER_INSTRUMENT = 1000;
const SERIES = INSTRUMENTS * PER_INSTRUMENT;
/** With the last one, which has no bound, eleven buckets. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const PARTS = ['application', 'hub', 'prom-client', '@prometheus-io/client'] as const;
const KINDS = ['counter', 'histogram'] as const;
type Part = (typeof PARTS)[number];
type Kind = (typeof KINDS)[number];

/** A literal for each recording, as in application code. */
function attributesOf(i: number) {
  return {
    method: i % 2 === 0 ? 'GET' : 'POST',
    route: `/organisations/:organisation/orders/${i}`,
    status: i % 3 === 0 ? '200' : '404',
  };
}

function recordInto(recorder: Recorder, kind: Kind): void {
  const meter = recorder.getMeter('bench');
  for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
    const name = `bench.${instrument}`;
    const record =
      kind === 'counter'
        ? counting(meter.createCounter(name, { description: 'h' }))
        : recording(
            meter.createHistogram(name, {
              description: 'h',
              advice: { explicitBucketBoundaries: [...BOUNDS] },
            }),
          );
    for (let i = 0; i < PER_INSTRUMENT; i++) record(attributesOf(i));
  }
}

function counting(counter: { add(value: number, attributes: Attributes): void }) {
  return (attributes: Attributes) => counter.add(1, attributes);
}

function recording(histogram: { record(value: number, attributes: Attributes): void }) {
  return (attributes: Attributes) => histogram.record(0.3, attributes);
}

/** What the recorder announces, as the bytes of messages between threads, and its shared memory. */
function announcements(kind: Kind): { readonly slabs: RecorderMessage[]; readonly messages: Buffer[] } {
  const slabs: RecorderMessage[] = [];
  const messages: Buffer[] = [];
  const recorder = new Recorder();
  recorder.attach((message) => {
    if (message.type === 'slab') slabs.push(message);
    else messages.push(serialize(message));
  });
  recordInto(recorder, kind);
  return { slabs, messages };
}

/** Fills a registry of prom-client's or of its successor, which have one API. */
function fill({ Registry, Counter, Histogram }: typeof promClient, kind: Kind): object {
  const registry = new Registry();
  const options = { help: 'h', labelNames: Object.keys(attributesOf(0)), registers: [registry] };
  for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
    const name = `bench_${instrument}`;
    if (kind === 'counter') {
      const counter = new Counter({ ...options, name });
      for (let i = 0; i < PER_INSTRUMENT; i++) counter.inc(attributesOf(i), 1);
    } else {
      const histogram = new Histogram({ ...options, name, buckets: BOUNDS });
      for (let i = 0; i < PER_INSTRUMENT; i++) histogram.observe(attributesOf(i), 0.3);
    }
  }
  return registry;
}

/** Registers and translates series as the hub does before a scrape. */
async function fillHub({ slabs, messages }: ReturnType<typeof announcements>): Promise<object> {
  const registry = new SeriesRegistry();
  for (const slab of slabs) registry.apply(slab);
  // Written by `announcements`.
  for (const message of messages) registry.apply(deserialize(message) as RecorderMessage);
  const translate = createTranslate({ scopeLabels: true, warn: () => {} });
  const { emptyResource } = await import('@opentelemetry/resources');
  await translate({ resource: emptyResource(), scopeMetrics: snapshot(registry) }, 'allow-utf-8');
  return { registry, translate };
}

/** What is measured, so that it is not collected. */
const kept: object[] = [];

/** Cells lie in shared memory, outside of the heap. */
async function bytesOf(part: Part, kind: Kind): Promise<number> {
  const told = part === 'hub' ? announcements(kind) : undefined;
  const before = heap();
  let cells = 0;
  if (told !== undefined) kept.push(await fillHub(told));
  else if (part === 'application') {
    const recorder = new Recorder();
    recorder.attach((message) => {
      if (message.type === 'slab') cells += message.buffer.byteLength;
    });
    recordInto(recorder, kind);
    kept.push(recorder);
  } else if (part === 'prom-client') kept.push(fill(promClient, kind));
  // Its types differ from prom-client's in what is not used here.
  else kept.push(fill(prometheusIo as unknown as typeof promClient, kind));
  return heap() - before + cells;
}

function heap(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function measured(part: Part, kind: Kind): number {
  const output = execFileSync(process.execPath, ['--expose-gc', import.meta.filename, part, kind]);
  return Number(output) / SERIES;
}

const part = PARTS.find((one) => one === process.argv[2]);
const kind = KINDS.find((one) => one === process.argv[3]);
if (part !== undefined && kind !== undefined) {
  console.log(await bytesOf(part, kind));
} else {
  const perKind = KINDS.map((one) => {
    const [application = 0, hub = 0, ...peers] = PARTS.map((each) => measured(each, one));
    return { pitot: application + hub, application, hub, peers };
  });
  const row = (name: string, of: (one: (typeof perKind)[number]) => number, isPeer = false) => [
    name,
    ...perKind.map((one) => {
      const ratio = isPeer ? ` (${(of(one) / one.pitot).toFixed(1)}×)` : '';
      return `${of(one).toFixed(0)}${ratio}`;
    }),
  ];
  const rows = [
    row('pitot', (one) => one.pitot),
    row('… application, and the cells', (one) => one.application),
    row('… hub, after a scrape', (one) => one.hub),
    row('prom-client', ({ peers }) => peers[0] ?? Number.NaN, true),
    row('@prometheus-io/client', ({ peers }) => peers[1] ?? Number.NaN, true),
  ];
  const header = [
    'bytes a series',
    ...KINDS.map((one) => (one === 'counter' ? one : `${one} of 11 buckets`)),
  ];
  const description = `${SERIES.toLocaleString('en')} series of three labels, in instruments of ${PER_INSTRUMENT}.`;
  writeResults('memory', `${description}\n\n${table(header, rows)}`, [
    'prom-client',
    '@prometheus-io/client',
  ]);
}
