import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recorder } from '../../../src/app/record/recorder.ts';
import {
  type Cardinality,
  type CardinalityOptions,
  cardinalityJson,
  cardinalityText,
  cardinality as piecesOf,
} from '../../../src/hub/collect/cardinality.ts';
import { SeriesRegistry } from '../../../src/hub/collect/series-registry.ts';
import { reportOf } from '../../../src/hub/http/cardinality.ts';
import { ReadingHub } from '../../app/record/helpers/reading-hub.ts';
import { ask, start } from '../http/helpers/served.ts';

/** The report, and the number of pieces of work that it took. */
function counted(registries: Iterable<SeriesRegistry>, options?: CardinalityOptions) {
  const work = piecesOf(registries, options);
  for (let pieces = 1; ; pieces++) {
    const { done, value } = work.next();
    if (done) return { result: value, pieces };
  }
}

function cardinality(registries: Iterable<SeriesRegistry>, options?: CardinalityOptions): Cardinality {
  return counted(registries, options).result;
}

function registryOf(record: (meter: ReturnType<Recorder['getMeter']>) => void): SeriesRegistry {
  const recorder = new Recorder();
  recorder.configure({ seriesLimits: { 'shop.visits': 10 } });
  record(recorder.getMeter('shop'));
  const hub = new ReadingHub(recorder);
  hub.drain();
  return hub.registry;
}

const registry = registryOf((meter) => {
  const visits = meter.createCounter('shop.visits');
  for (let id = 0; id < 50; id++) visits.add(1, { method: id % 2 === 0 ? 'GET' : 'PUT', user: `user ${id}` });
  meter.createGauge('shop.open').record(1);
  const sizes = meter.createHistogram('shop.sizes');
  for (const size of [1, '1', ['S', 'M']]) sizes.record(1, { size });
});

test('the largest instruments come first, with their most varied attributes and some of the values', () => {
  assert.deepEqual(cardinality([registry], { instruments: 2, examples: 3 }), {
    instruments: 3,
    series: 14,
    largest: [
      {
        name: 'shop.visits',
        scope: 'shop',
        kind: 'counter',
        series: 10,
        limit: 10,
        isOverflowing: true,
        attributes: [
          { name: 'user', values: 9, hasMore: false, examples: ['user 0', 'user 1', 'user 2'] },
          { name: 'method', values: 2, hasMore: false, examples: ['GET', 'PUT'] },
        ],
      },
      {
        name: 'shop.sizes',
        scope: 'shop',
        kind: 'histogram',
        series: 3,
        limit: 2000,
        isOverflowing: false,
        attributes: [{ name: 'size', values: 3, hasMore: false, examples: ['1', '1', '["S","M"]'] }],
      },
    ],
  });
});

test('the series of an instrument in several threads are reported together', () => {
  const other = registryOf((meter) => {
    meter.createGauge('shop.open').record(1);
    meter.createGauge('shop.open').record(1, { door: 'back' });
  });
  const { instruments, series, largest } = cardinality([registry, other]);
  assert.deepEqual([instruments, series], [3, 16]);
  assert.equal(largest.find(({ name }) => name === 'shop.open')?.series, 3);
});

test('long values are shortened', () => {
  const [largest] = cardinality([
    registryOf((meter) => meter.createCounter('c').add(1, { text: `${'x'.repeat(59)}😀 and more` })),
  ]).largest;
  assert.deepEqual(largest?.attributes[0]?.examples, [`${'x'.repeat(59)}\ufffd…`]);
});

test('as text there is a paragraph for each instrument and a line for each attribute, whatever the values', () => {
  const hostile = registryOf((meter) => {
    meter.createCounter('c').add(1, { 'a\nb': 'x\n  y: 1 value' });
  });
  assert.equal(
    cardinalityText(cardinality([registry, hostile], { instruments: 3, examples: 2 })),
    `Instruments: 4; series: 15. The largest come first, and only 3 are shown.

shop.visits (counter of shop): 10 series, limit 10; OVERFLOWING into otel.metric.overflow=true
  user: 9 values ("user 0", "user 1", …)
  method: 2 values ("GET", "PUT")

shop.sizes (histogram of shop): 3 series, limit 2000
  size: 3 values ("1", "1", …)

shop.open (gauge of shop): 1 series, limit 2000
`,
  );
  assert.equal(
    cardinalityText(cardinality([hostile])),
    `Instruments: 1; series: 1. The largest come first.

c (counter of shop): 1 series, limit 2000
  "a\\nb": 1 value ("x\\n  y: 1 value")
`,
  );
});

test('as JSON it is the same for scripts', () => {
  const given = cardinality([registry]);
  assert.deepEqual(JSON.parse(cardinalityJson(given)), given);
});

test('without a recorder there is nothing', () => {
  assert.deepEqual(cardinality([]), { instruments: 0, series: 0, largest: [] });
});

/** One thread's registry with so many series, each with a user of its own. */
function manySeries(count: number): SeriesRegistry {
  const registry = new SeriesRegistry();
  registry.apply({ type: 'slab', slab: 0, buffer: new SharedArrayBuffer(16) });
  const [like] = registryOf((meter) => meter.createCounter('shop.visits').add(1)).instruments.values();
  if (like === undefined) throw new Error('no instrument');
  registry.apply({ type: 'instrument', instrument: like.description });
  for (let id = 0; id < count; id++) {
    const series = { instrument: like.description.id, id, slab: 0, at: 0, length: 2 };
    registry.apply({ type: 'series', series: { ...series, attributes: { user: `user ${id}` } } });
  }
  return registry;
}

test('values are counted to a limit, and the report says so', () => {
  const limited = cardinality([manySeries(50)], { values: 20, examples: 1 });
  assert.deepEqual(limited.largest[0]?.attributes, [
    { name: 'user', values: 20, hasMore: true, examples: ['user 0'] },
  ]);
  assert.match(cardinalityText(limited), /\n {2}user: 20 or more values \("user 0", …\)\n/);
});

test('the work comes in pieces of 500 series, however many threads there are', () => {
  const registries = [manySeries(150_000), manySeries(150_000)];
  const { result, pieces } = counted(registries);
  assert.equal(result.largest[0]?.series, 300_000);
  assert.equal(pieces, 601);
});

test('health is answered many times while the series are counted, once for all who ask', async (t) => {
  const registries = [manySeries(300_000)];
  let counts = 0;
  const { port } = await start(t, {
    notReady: () => undefined,
    cardinality: reportOf(() => {
      counts++;
      return registries;
    }),
  });
  let isDone = false;
  const reports = Promise.all([1, 2, 3].map(() => ask(port, { path: '/metrics/cardinality' })));
  const done = reports.then(() => {
    isDone = true;
  });
  let answered = 0;
  while (!isDone) {
    assert.equal((await ask(port, { path: '/livez' })).status, 200);
    answered++;
  }
  await done;
  for (const { body } of await reports) assert.match(body, /: 300000 series, limit/);
  assert.equal(counts, 1);
  assert.ok(answered >= 10, `${answered} probes were answered`);
});
