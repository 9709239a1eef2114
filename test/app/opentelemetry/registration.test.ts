import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { build } from 'esbuild';
import { REPOSITORY, startService } from '../../harness/service.ts';

/** Copies of the API as applications have them; `@opentelemetry/api` is the repository's own, 1.10. */
const COPIES = ['api-1.4', 'api-1.9', '@opentelemetry/api'];

/** A program's output, and its standard error without the start-up line. */
async function run(t: TestContext, program: string, preloads: readonly string[] = []) {
  const service = await startService(t, {
    nodeArgs: [...preloads, '--import', './src/instrumentation.ts'],
    args: ['-e', program],
    env: { OTEL_LOG_LEVEL: 'warn' },
  });
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
  return { printed: service.stdout, said: service.stderr };
}

/** Registers what an SDK registers with a copy of the API, and prints the answers. */
const REGISTER_ALL = `
  const registerAll = (api) => [
    api.trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => 'a span' }) }),
    api.context.setGlobalContextManager({ active: () => 'a context', with: () => {}, bind: () => {}, enable() {}, disable() {} }),
    api.propagation.setGlobalPropagator({ inject() {}, extract() {}, fields: () => ['a field'] }),
    api.diag.setLogger({ error: (text) => console.log(text), warn() {}, info() {}, debug() {}, verbose() {} }),
  ];`;

for (const copy of COPIES) {
  test(`${copy} registers all that an SDK registers beside pitot, and records into pitot`, async (t) => {
    const { printed, said } = await run(
      t,
      `${REGISTER_ALL}
      const api = require('${copy}');
      const isPitots = (meter) => 'bind' in meter.createCounter('orders');
      console.log(isPitots(api.metrics.getMeter('before')), registerAll(api).join());
      console.log(api.trace.getTracer('t').startSpan('s'), api.context.active(), api.propagation.fields()[0]);
      console.log(isPitots(api.metrics.getMeter('after')));
      setImmediate(() => process.exit());`,
    );
    assert.equal(printed, 'true true,true,true,true\na span a context a field\ntrue\n');
    // The application resolves 1.10, which reads nothing of an earlier version.
    assert.equal(
      /cannot read what version 1\.\d\.1 has registered/.test(said),
      copy !== '@opentelemetry/api',
    );
    assert.ok(said.split('\n').length <= 2, said);
  });

  test(`pitot records for ${copy} where that has registered a logger before, and leaves the logger alone`, async (t) => {
    const folder = await temporaryFolder(t);
    const before = join(folder, 'before.cjs');
    await writeFile(
      before,
      `${REGISTER_ALL} const api = require('${join(REPOSITORY, 'node_modules', copy)}'); registerAll(api);`,
    );
    const { printed } = await run(
      t,
      `const api = require('${copy}');
      console.log('bind' in api.metrics.getMeter('shop').createCounter('orders'));
      api.diag.error('of the application');
      process.exit();`,
      ['--require', before],
    );
    assert.equal(printed, 'true\nof the application\n');
  });
}

test('copies of all versions record into pitot together', async (t) => {
  const { printed } = await run(
    t,
    `for (const copy of ${JSON.stringify(COPIES)}) {
      console.log('bind' in require(copy).metrics.getMeter('shop').createCounter('orders'));
    }
    process.exit();`,
  );
  assert.equal(printed, 'true\ntrue\ntrue\n');
});

test('a later copy than the one that registers a tracer works as without pitot, and one line says why it records nothing', async (t) => {
  const { printed, said } = await run(
    t,
    `${REGISTER_ALL}
    console.log(registerAll(require('api-1.9')).join());
    console.log('bind' in require('@opentelemetry/api').metrics.getMeter('shop').createCounter('orders'));
    setImmediate(() => process.exit());`,
  );
  assert.equal(printed, 'true,true,true,true\nfalse\n');
  assert.match(
    said,
    /^pitot: warning: @opentelemetry\/api 1\.10\.0 in \S+ cannot read what version 1\.9\.1 .*overrides.*\n$/,
  );
});

test('a second MeterProvider gets one line with the remedy, and pitot stays', async (t) => {
  const { printed, said } = await run(
    t,
    `const api = require('@opentelemetry/api');
    console.log(api.metrics.setGlobalMeterProvider({ getMeter() {} }));
    console.log('bind' in api.metrics.getMeter('shop').createCounter('orders'));
    setImmediate(() => process.exit());`,
  );
  assert.equal(printed, 'false\ntrue\n');
  assert.match(said, /^pitot: warning: another SDK tried to register a MeterProvider.*metricReaders.*\n$/);
});

test('reading the API, and registering a tracer twice, is not taken for a second MeterProvider', async (t) => {
  const { said } = await run(
    t,
    `const api = require('@opentelemetry/api');
    const provider = { getTracer() {} };
    console.log(api.trace.setGlobalTracerProvider(provider), api.trace.setGlobalTracerProvider(provider));
    api.metrics.getMeter('shop');
    setImmediate(() => process.exit());`,
  );
  assert.equal(said, '');
});

test('after three seconds the shared object is a plain one with the version of the copy that registered', async (t) => {
  const { printed } = await run(
    t,
    `const api = require('@opentelemetry/api');
    const KEY = Symbol.for('opentelemetry.js.api.1');
    const isPlain = () => 'value' in Object.getOwnPropertyDescriptor(globalThis, KEY);
    api.trace.setGlobalTracerProvider({ getTracer() {} });
    console.log(isPlain(), globalThis[KEY].version);
    setTimeout(() => {
      console.log(isPlain(), globalThis[KEY].version, 'bind' in api.metrics.getMeter('shop').createCounter('orders'));
      process.exit();
    }, 3_500);`,
  );
  assert.equal(printed, 'false 1.10.0\ntrue 1.10.0 true\n');
});

test('a copy in a bundle has the version that is installed there, and one line says it where that is another', async (t) => {
  const bundle = async (copy: string) => {
    const outfile = join(REPOSITORY, '.cache', `bundled-${copy.replace(/\W/g, '-')}-${process.pid}.cjs`);
    t.after(() => rm(outfile, { force: true }));
    const contents = `${REGISTER_ALL} console.log(registerAll(require('${copy}')).join()); setImmediate(() => process.exit());`;
    await build({
      stdin: { contents, resolveDir: REPOSITORY },
      bundle: true,
      platform: 'node',
      outfile,
      logLevel: 'error',
    });
    return run(t, `require('${outfile}')`);
  };
  const same = await bundle('@opentelemetry/api');
  assert.deepEqual([same.printed, same.said], ['true,true,true,true\n', '']);
  const other = await bundle('api-1.9');
  assert.match(other.printed, /^false,false,false,false\n$/);
  assert.match(
    other.said,
    /^pitot: warning: a copy of @opentelemetry\/api in \S+\.cjs could not register.*external.*\n$/,
  );
});

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-registration-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
