import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inherited, REPOSITORY } from '../harness/service.ts';

/** Runs CommonJS code inside the package, in a Node.js that refuses to `require` an ES module, as Jest does. */
function run(code: string, ...flags: readonly string[]): string {
  const args = ['--no-experimental-require-module', ...flags, '--input-type=commonjs', '--eval', code];
  const env = { ...inherited(), PITOT_PORT: '0' };
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: REPOSITORY,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('every door can be required where ES modules cannot, and all share one recorder', () => {
  const code = `
    const { metricsOf } = require('pitot/testing');
    const { getMeter, setRoute } = require('pitot');
    const { cache } = require('pitot/instruments');
    const { metrics } = require('@opentelemetry/api');
    getMeter('shop').createCounter('shop.orders').add(1);
    metrics.getMeter('shop').createCounter('shop.orders').add(2);
    const { Counter } = require('pitot/prom-client');
    new Counter({ name: 'orders', help: 'h' }).inc(4);
    Promise.all(['shop.orders', 'orders'].map((name) => metricsOf(name))).then((orders) =>
      console.log(...orders, typeof setRoute, typeof cache),
    );
  `;
  assert.equal(run(code), '3 4 function object\n');
});

const SERVE = `
  const { boot, getMeter } = require('pitot');
  getMeter('shop').createCounter('shop.orders').add(3);
  const pitot = boot();
  pitot.ready().then(async ({ url }) => {
    const text = await (await fetch(url)).text();
    console.log(/^shop_orders_total.* 3$/m.test(text));
    await pitot.shutdown();
  });
`;

test('boot() starts the hub where ES modules cannot be required', () => {
  assert.equal(run(SERVE), 'true\n');
});

test('--require pitot/instrumentation starts the hub where ES modules cannot be required', () => {
  assert.equal(run(SERVE, '--require', 'pitot/instrumentation'), 'true\n');
});

test('where ES modules can be required, require and import give the same instance', () => {
  const code = `import('pitot').then((esm) => console.log(esm.getMeter === require('pitot').getMeter));`;
  assert.equal(run(code, '--experimental-require-module'), 'true\n');
});
