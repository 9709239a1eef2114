import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startChild } from '../harness/child.ts';
import { inherited } from '../harness/service.ts';
import { MAIN, pitot } from './helpers/pitot.ts';

const NO_ENDPOINT = { OTEL_METRICS_EXPORTER: 'none' };

/** Makes the process look like Node.js 20. */
const OLD = `data:text/javascript,Object.defineProperty(process.versions, 'node', { value: '20.19.0' })`;

test('run gives the program its arguments, its standard streams and pitot', async () => {
  const program = `
    process.stdin.on('data', (given) => console.log('given', String(given), process.argv.slice(1).join(' ')));
    process.stdin.on('end', () => process.exit(7));
    console.error(globalThis[Symbol.for('opentelemetry.js.api.1')].metrics.constructor.name);
  `;
  const outcome = await pitot(['run', '--eval', program, '--', '--json', 'x'], {
    stdin: 'text',
    env: NO_ENDPOINT,
  });
  assert.deepEqual([outcome.code, outcome.signal], [7, null]);
  assert.equal(outcome.stdout, 'given text --json x\n');
  assert.match(outcome.stderr, /^Recorder$/m);
});

test('run starts the endpoint as the import does', async (t) => {
  const service = await startChild(t, process.execPath, {
    args: [MAIN, 'run', '--eval', 'setTimeout(() => {}, 60_000)'],
    env: { ...inherited(), OTEL_EXPORTER_PROMETHEUS_PORT: '0', OTEL_SERVICE_NAME: 'by-run' },
  });
  const [, url = ''] = await service.line(/by-run · (\S+)/);
  assert.match(await (await fetch(url)).text(), /^target_info\{.*service_name="by-run"/m);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const) {
  test(`${signal} reaches the program, and pitot run ends in the same way as the program`, async (t) => {
    const child = await startChild(t, process.execPath, {
      args: [MAIN, 'run', '--eval', 'console.log("up"); setTimeout(() => {}, 60_000)'],
      env: { ...inherited(), ...NO_ENDPOINT },
    });
    await child.line(/^up$/);
    child.signal(signal);
    assert.deepEqual(await child.ended(), { code: null, signal });
  });
}

test('a program that answers a signal itself does so once', async (t) => {
  const program = `let n = 0;
    process.on('SIGINT', () => { n++; setTimeout(() => { console.log('asked', n); process.exit(3); }, 200); });
    console.log('up'); setTimeout(() => {}, 60_000);`;
  const child = await startChild(t, process.execPath, {
    args: [MAIN, 'run', '--eval', program],
    env: { ...inherited(), ...NO_ENDPOINT },
  });
  await child.line(/^up$/);
  // As a terminal does it: to every process of the group.
  process.kill(-child.pid, 'SIGINT');
  assert.deepEqual(await child.ended(), { code: 3, signal: null });
  assert.match(child.stdout, /^asked 1$/m);
});

test('a missing program ends like node itself', async () => {
  const { code, stderr } = await pitot(['run', 'no-such-program.js'], { env: NO_ENDPOINT });
  assert.equal(code, 1);
  assert.match(stderr, /Cannot find module .*no-such-program\.js/);
});

test('on a Node.js that is too old, run says so and runs the program unmeasured', async () => {
  const outcome = await pitot(['run', '--eval', 'process.exitCode = 4; console.log("ran")'], {
    nodeArgs: ['--import', OLD],
  });
  assert.deepEqual(outcome, {
    code: 4,
    signal: null,
    stdout: 'ran\n',
    stderr: 'pitot: needs Node.js 22.15 or later and this is 20.19.0; the application runs unmeasured.\n',
  });
});

test('on a Node.js that is too old, every other command says so and fails', async () => {
  const stderr = 'pitot: needs Node.js 22.15 or later and this is 20.19.0.\n';
  for (const args of [['check'], ['run'], []]) {
    const outcome = await pitot(args, { nodeArgs: ['--import', OLD] });
    assert.deepEqual(outcome, { code: 1, signal: null, stdout: '', stderr });
  }
});

test('if a process cannot be replaced, a child runs and its end is passed on', async () => {
  const irreplaceable = 'data:text/javascript,delete process.execve';
  const options = { nodeArgs: ['--import', irreplaceable], env: NO_ENDPOINT };
  assert.equal((await pitot(['run', '--eval', 'process.exit(9)'], options)).code, 9);
  const killed = await pitot(['run', '--eval', 'process.kill(process.pid, "SIGUSR2")'], options);
  assert.deepEqual([killed.code, killed.signal], [null, 'SIGUSR2']);
});
