import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationTemporality, InstrumentType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../src/app/record/recorder.ts';
import type { ExporterModule } from '../../../src/config/parsers/exporters.ts';
import { TemporalityProducer } from '../../../src/hub/collect/temporality.ts';
import { loadModules } from '../../../src/hub/forward/modules.ts';
import { SelfObservation } from '../../../src/hub/forward/self-observation.ts';
import { type PushReaderOptions, startPushReaders } from '../../../src/hub/readers.ts';
import { producerOf } from '../../app/record/helpers/collect.ts';
import { freePort } from '../../harness/free-port.ts';
import { startOtlpReceiver } from '../../harness/otlp-receiver.ts';
import { REPOSITORY } from '../../harness/service.ts';
import { instance } from './fixtures/exporters.ts';
import { collectErrors, configOf } from './helpers/forwarding.ts';
import { exportNow, pushReader } from './helpers/reading.ts';

const { CUMULATIVE, DELTA } = AggregationTemporality;
const FIXTURES = join(import.meta.dirname, 'fixtures/exporters.ts');
const resource = resourceFromAttributes({ 'service.name': 'shop' });

function load(modules: readonly ExporterModule[], folders: readonly string[] = [REPOSITORY]) {
  return loadModules(configOf({ exporters: modules }), folders, resource);
}

/** A recorder behind the exporter. */
async function start(module: ExporterModule, timeout = 60_000) {
  const [forwarder] = (await load([module])).forwarders;
  assert.ok(forwarder !== undefined);
  const recorder = new Recorder();
  const producer = new TemporalityProducer(producerOf(recorder), forwarder.selectTemporality);
  const log = { unsettled: undefined, write: () => {}, settle: () => {} };
  const isDelta = forwarder.selectTemporality(InstrumentType.COUNTER) === DELTA;
  const reader = pushReader({ forwarder, producer, timeout, log: isDelta ? log : undefined });
  return { meter: recorder.getMeter('test'), reader };
}

/** A fixture behind a recorder with a counter. */
async function startKeeping(t: TestContext, name: string, temporality = CUMULATIVE, timeout?: number) {
  const { meter, reader } = await start(
    { module: FIXTURES, export: name, options: { name: t.name, temporality } },
    timeout,
  );
  return { counter: meter.createCounter('c'), meter, reader, exporter: instance(t.name) };
}

/** Push readers without forwarders of their own. */
function pushing(recorder: Recorder): PushReaderOptions {
  return {
    config: configOf({}),
    forwarders: [],
    moduleReaders: [],
    source: producerOf(recorder),
    endIntervals: () => {},
    resource,
    observation: new SelfObservation(new Recorder().getMeter('pitot')),
    isActive: () => true,
    isContinued: async () => false,
    forwarded: new Map(),
    checkpoint: () => {},
  };
}

function valuesOf({ scopeMetrics }: ResourceMetrics): unknown[] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)),
  );
}

for (const name of ['http', 'proto']) {
  test(`the official OTLP exporter (${name}) sends totals and differences`, async (t) => {
    const receiver = await startOtlpReceiver(t);
    for (const [temporalityPreference, expected] of [
      [CUMULATIVE, [1, 3]],
      [DELTA, [1, 2]],
    ] as const) {
      const { meter, reader } = await start({
        module: `@opentelemetry/exporter-metrics-otlp-${name}`,
        export: 'OTLPMetricExporter',
        options: { url: `${receiver.url}/v1/metrics`, headers: { 'x-key': 'secret' }, temporalityPreference },
      });
      const counter = meter.createCounter('jobs');
      for (const [index, value] of expected.entries()) {
        counter.add(index + 1);
        assert.equal(await exportNow(reader), true);
        assert.equal(receiver.latest('jobs')?.points[0]?.value, value);
        assert.equal(receiver.requests.at(-1)?.headers['x-key'], 'secret');
      }
    }
  });
}

test('a module that cannot be used is reported in one line with the remedy, and the others work', async (t) => {
  const errors = collectErrors(t);
  const { forwarders, readers } = await load([
    { module: '@nowhere/exporter', export: 'MetricExporter' },
    { module: FIXTURES, export: 'Nothing' },
    { module: FIXTURES, export: 'Throwing' },
    { module: FIXTURES, export: 'Useless' },
    { module: FIXTURES, export: 'Keeping', options: { name: 'one that works' } },
  ]);
  assert.deepEqual([forwarders.length, readers.length], [1, 0]);
  assert.equal(errors.length, 4);
  assert.match(
    errors[0] ?? '',
    /^exporter @nowhere\/exporter#MetricExporter cannot be used: it is not installed in \/.*; install it there, or give the URL that import\.meta\.resolve\(\) returns for it; it gets no metrics$/,
  );
  assert.match(errors[1] ?? '', /it exports no class Nothing; name one in `export`: .*Keeping/);
  assert.match(errors[2] ?? '', /#Throwing cannot be used: there are no credentials; it gets no metrics$/);
  assert.match(errors[3] ?? '', /it is no PushMetricExporter .* and no MetricReader/);
});

test('packages are found from the application, in every form that packages have', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'pitot-modules-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (name: string, manifest: object, file: string, text: string) => {
    // As pnpm has it: the package itself is elsewhere, and the application has a link.
    const place = join(folder, 'store', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...manifest }));
    writeFileSync(join(place, file), text);
    mkdirSync(join(folder, 'app/node_modules'), { recursive: true });
    symlinkSync(place, join(folder, 'app/node_modules', name), 'junction');
  };
  const body = '{ export() {} async forceFlush() {} async shutdown() {} }';
  write('esm-only', { exports: { import: './main.mjs' } }, 'main.mjs', `export class E ${body}`);
  write('with-default', { type: 'module', main: 'main.js' }, 'main.js', `export default class E ${body}`);
  write(
    'commonjs',
    { main: 'main.js' },
    'main.js',
    `const all = { E: class E ${body} }; module.exports = all;`,
  );
  write('class-alone', { main: 'main.js' }, 'main.js', `module.exports = class E ${body}`);
  const errors = collectErrors(t);
  const { forwarders } = await load(
    [
      { module: 'esm-only', export: 'E' },
      { module: 'with-default' },
      { module: 'commonjs', export: 'E' },
      { module: 'class-alone' },
      { module: './node_modules/esm-only/main.mjs', export: 'E' },
    ],
    [join(folder, 'nowhere'), join(folder, 'app')],
  );
  assert.deepEqual(errors, []);
  assert.equal(forwarders.length, 5);
});

test('an exporter gets copies, with the resource and its own flush', async (t) => {
  const { counter, reader, exporter } = await startKeeping(t, 'Changing');
  const queue = { queue: 'mail' };
  for (let i = 0; i < 2; i++) {
    counter.add(1, queue);
    await exportNow(reader);
  }
  const [first, second] = exporter.batches;
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual([valuesOf(first), valuesOf(second)], [[1], [2]]);
  assert.deepEqual(queue, { queue: 'mail' });
  assert.equal(second.resource.attributes['service.name'], 'shop');
  assert.equal(exporter.flushed, 2);
});

test('an exporter with differences gets those of up-down counters that fall, too', async (t) => {
  const { meter, reader, exporter } = await startKeeping(t, 'Keeping', DELTA);
  const open = meter.createUpDownCounter('open');
  for (const value of [5, -2, -3, 4]) {
    open.add(value);
    await exportNow(reader);
  }
  assert.deepEqual(exporter.batches.map(valuesOf), [[5], [-2], [-3], [4]]);
});

test('an export without an answer is neither repeated nor overtaken, and counts when its answer comes', async (t) => {
  const { counter, reader, exporter } = await startKeeping(t, 'Keeping', DELTA, 20);
  const { promise, resolve } = Promise.withResolvers<ExportResult>();
  exporter.answers.push(promise);
  counter.add(1);
  assert.equal(await exportNow(reader), false);
  counter.add(2);
  assert.equal(await exportNow(reader), false);
  assert.deepEqual(exporter.batches.map(valuesOf), [[1]]);
  resolve({ code: ExportResultCode.SUCCESS });
  assert.equal(await exportNow(reader), true);
  assert.deepEqual(exporter.batches.map(valuesOf), [[1], [2]]);
});

test('after a broken connection the same differences are exported again, after any other failure not', async (t) => {
  const { counter, reader, exporter } = await startKeeping(t, 'Keeping', DELTA, 1);
  const failure = (code?: string) =>
    Promise.resolve({
      code: ExportResultCode.FAILED,
      error: Object.assign(new Error('it failed'), { code }),
    });
  exporter.answers.push(failure('ECONNREFUSED'), failure());
  counter.add(1);
  assert.equal(await exportNow(reader), false);
  counter.add(2);
  assert.equal(await exportNow(reader), false);
  counter.add(4);
  assert.equal(await exportNow(reader), true);
  assert.deepEqual(exporter.batches.map(valuesOf), [[1], [1], [6]]);
});

test('an exporter that rejects fails its export', async (t) => {
  const { counter, reader } = await startKeeping(t, 'Rejecting');
  counter.add(1);
  await assert.rejects(reader.forceFlush(), /#Rejecting: no such project/);
});

test('an exporter is shut down once, after the last export', async (t) => {
  const { counter, reader, exporter } = await startKeeping(t, 'Keeping');
  counter.add(1);
  await reader.forceFlush();
  assert.deepEqual(exporter.ends, []);
  counter.add(1);
  await reader.end();
  assert.deepEqual(exporter.ends, [2]);
});

test('an exporter is shut down also after a last export that failed', async (t) => {
  const { counter, reader, exporter } = await startKeeping(t, 'Rejecting');
  counter.add(1);
  await assert.rejects(reader.end(), /#Rejecting: no such project/);
  assert.deepEqual(exporter.ends, [0]);
});

test('an exporter that cannot be shut down is named with the reason', async (t) => {
  const { counter, reader, exporter } = await startKeeping(t, 'Unending');
  counter.add(1);
  await assert.rejects(reader.end(), /#Unending: its shutdown\(\) failed: the file is gone/);
  assert.equal(exporter.batches.length, 1);
});

test('a reader of another package is shut down at the end, and exports what is left', async (t) => {
  const { readers } = await load([{ module: FIXTURES, export: 'Periodic', options: { name: t.name } }]);
  const recorder = new Recorder();
  const counter = recorder.getMeter('test').createCounter('jobs');
  const push = startPushReaders({ ...pushing(recorder), moduleReaders: readers });
  const exporter = instance(t.name);
  counter.add(1);
  assert.equal(await push.flush(false), true);
  assert.deepEqual([exporter.batches.map(valuesOf), exporter.ends], [[[1]], []]);
  counter.add(1);
  assert.equal(await push.flush(true), true);
  assert.deepEqual([exporter.batches.map(valuesOf), exporter.ends], [[[1], [2]], [2]]);
});

test('a reader of another package serves the metrics on its own port', async (t) => {
  const port = await freePort();
  const { readers } = await load([
    {
      module: '@opentelemetry/exporter-prometheus',
      export: 'PrometheusExporter',
      options: { port, host: '127.0.0.1' },
    },
  ]);
  const [module] = readers;
  assert.ok(module !== undefined);
  t.after(() => module.reader.shutdown());
  const recorder = new Recorder();
  recorder.getMeter('test').createCounter('jobs').add(3);
  const push = startPushReaders({ ...pushing(recorder), moduleReaders: readers });
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const text = await response.text();
  assert.match(text, /^jobs_total\S* 3/m);
  assert.match(text, /^target_info\{.*service_name="shop"/m);
  assert.equal(await push.flush(false), true);
});
