import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { workflow } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const SUCCESS = { 'workflow.name': 'nightly', 'workflow.outcome': 'success' };
const FAILURE = { 'workflow.name': 'nightly', 'workflow.outcome': 'failure', 'error.type': 'RangeError' };

test('the function form returns what a callback returns, the same object', async () => {
  const collect = registerStockProvider();
  const value = { some: 'object' };
  assert.equal(
    workflow.run({ name: 'nightly' }, () => value),
    value,
  );
  assert.equal(
    workflow.run({ name: 'nightly' }, () => undefined),
    undefined,
  );
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[SUCCESS, 2]]);
});

test('the function form follows an asynchronous callback to its end', async () => {
  const collect = registerStockProvider();
  const value = { some: 'object' };
  const { promise, resolve } = Promise.withResolvers<typeof value>();
  const result = workflow.run({ name: 'nightly' }, () => promise);
  assert.deepEqual((await collect()).sums('workflow.run.active'), [[{ 'workflow.name': 'nightly' }, 1]]);
  assert.deepEqual((await collect()).sums('workflow.run.finished'), []);
  resolve(value);
  assert.equal(await result, value);
  assert.deepEqual((await collect()).sums('workflow.run.active'), [[{ 'workflow.name': 'nightly' }, 0]]);
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[SUCCESS, 1]]);
});

test('an error that a callback throws reaches the caller as the same object and counts as a failure', async () => {
  const collect = registerStockProvider();
  const error = Object.freeze(new RangeError('too far'));
  const fails = () =>
    workflow.run({ name: 'nightly' }, () => {
      throw error;
    });
  assert.throws(fails, (thrown) => thrown === error);
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[FAILURE, 1]]);
});

test('an error that a callback rejects with reaches the caller as the same object and counts as a failure', async () => {
  const collect = registerStockProvider();
  const error = Object.freeze(new RangeError('too far'));
  const run = workflow.run({ name: 'nightly' }, async () => {
    throw error;
  });
  await assert.rejects(run, (thrown) => thrown === error);
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[FAILURE, 1]]);
});

test('an unhandled rejection still ends the process', async () => {
  const instruments = new URL('../../../src/instruments.ts', import.meta.url).href;
  const program = `
    import { workflow } from ${JSON.stringify(instruments)};
    workflow.run({ name: 'nightly' }, async () => { throw new RangeError('nobody handles this'); });
  `;
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  await assert.rejects(child, { code: 1, stderr: /RangeError: nobody handles this/ });
});

test('a thenable, such as a query builder, is executed once and followed to its end', async () => {
  const collect = registerStockProvider();
  let executions = 0;
  const query: PromiseLike<string[]> = {
    // biome-ignore lint/suspicious/noThenProperty: a query builder is a thenable.
    then(resolved, rejected) {
      executions += 1;
      return Promise.resolve(['row']).then(resolved, rejected);
    },
  };
  const rows: Promise<string[]> = workflow.run({ name: 'nightly' }, () => query);
  assert.deepEqual(await rows, ['row']);
  assert.equal(executions, 1);
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[SUCCESS, 1]]);
});

test('a subclass of Promise settles the same', async () => {
  registerStockProvider();
  class Later<T> extends Promise<T> {}
  assert.equal(await workflow.run({ name: 'nightly' }, () => Later.resolve('value')), 'value');
});

test('a scope is a success at its end, once, however often it ends', async () => {
  const collect = registerStockProvider();
  const run = workflow.run({ name: 'nightly' });
  assert.deepEqual((await collect()).sums('workflow.run.active'), [[{ 'workflow.name': 'nightly' }, 1]]);
  run.end();
  run.end();
  run[Symbol.dispose]();
  const collected = await collect();
  assert.deepEqual(collected.sums('workflow.run.active'), [[{ 'workflow.name': 'nightly' }, 0]]);
  assert.deepEqual(collected.sums('workflow.run.finished'), [[SUCCESS, 1]]);
});

test('a scope is a failure when fail() was called, of the first error it was given', async () => {
  const collect = registerStockProvider();
  const run = workflow.run({ name: 'nightly' });
  try {
    throw new RangeError('too far');
  } catch (error) {
    run.fail(error);
    run.fail(new TypeError('a later one'));
  } finally {
    run.end();
  }
  run.fail(new TypeError('after the end'));
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[FAILURE, 1]]);
});

test('a callback may make a success of its own a failure', async () => {
  const collect = registerStockProvider();
  const returned = workflow.run({ name: 'nightly' }, (run) => {
    run.fail('RangeError');
    return 'value';
  });
  assert.equal(returned, 'value');
  assert.deepEqual((await collect()).sums('workflow.run.finished'), [[FAILURE, 1]]);
});

test('a duration is in seconds', async (t) => {
  const collect = registerStockProvider();
  let now = 5_000;
  t.mock.method(performance, 'now', () => now);
  workflow.run({ name: 'nightly' }, () => {
    now += 1_500;
  });
  t.mock.reset();
  const collected = await collect();
  assert.equal(collected.metric('workflow.run.duration').descriptor.unit, 's');
  assert.deepEqual(collected.histograms('workflow.run.duration'), [[SUCCESS, { count: 1, sum: 1.5 }]]);
});

if (Number(process.versions.node.split('.')[0]) >= 24) {
  test('a using declaration, which Node 22 does not have, ends a scope', async () => {
    const program = `
    import { workflow } from ${JSON.stringify(new URL('../../../src/instruments.ts', import.meta.url).href)};
    import { registerStockProvider } from ${JSON.stringify(new URL('./helpers/collected.ts', import.meta.url).href)};
    const collect = registerStockProvider();
    {
      using run = workflow.run({ name: 'nightly' });
      run.node();
    }
    process.stdout.write(JSON.stringify((await collect()).sums('workflow.run.finished')));
  `;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '--eval',
      program,
    ]);
    assert.deepEqual(JSON.parse(stdout), [[SUCCESS, 1]]);
  });
}

test('instruments used before there was a provider record once there is one', async () => {
  registerStockProvider();
  workflow.run({ name: 'nightly' }, () => {});
  const collect = registerStockProvider();
  workflow.run({ name: 'nightly' }, () => {});
  const collected = await collect();
  assert.deepEqual(collected.sums('workflow.run.finished'), [[SUCCESS, 1]]);
  assert.deepEqual(
    collected.scopes.map(({ name }) => name),
    ['pitot/instruments'],
  );
  assert.match(collected.scopes[0]?.version ?? '', /^\d+\.\d+\.\d+/);
});
