import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { closedGate } from '../../harness/gate.ts';
import { value } from '../../harness/samples.ts';
import { type Service, startService } from '../../harness/service.ts';
import { until } from '../../harness/until.ts';
import { folder } from './helpers/certificates.ts';
import { bearer, write } from './helpers/secured.ts';
import { ask, start } from './helpers/served.ts';

/** Its answer, as `200 ready`. */
async function health(service: Service, path = '/readyz'): Promise<string> {
  const { port } = await service.endpoint();
  const { status, body } = await ask(Number(port), { path });
  return `${status} ${body.trim()}`;
}

async function becomes(service: Service, state: RegExp): Promise<void> {
  let last = '';
  await until(
    async () => {
      last = await health(service);
      return state.test(last) || undefined;
    },
    { what: `/readyz to be ${state}`, instead: () => last },
  );
}

/** An application that evaluates one expression a request. */
async function told(t: TestContext, env: Record<string, string> = {}) {
  const program = `
    const { boot } = await import(${JSON.stringify(new URL('../../../src/index.ts', import.meta.url).href)});
    const { existsSync } = await import('node:fs');
    const { createServer } = await import('node:http');
    const pitot = boot();
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    const block = (path) => { while (!existsSync(path)) Atomics.wait(nothing, 0, 0, 10); };
    const server = createServer(async (request, response) => {
      const source = decodeURIComponent(request.url.slice(1));
      response.end(String(await new Function('pitot', 'block', 'return ' + source)(pitot, block)));
    });
    server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));`;
  const service = await startService(t, { args: ['--input-type=module', '-e', program], env });
  const [, port] = await service.line(/^listening on (\d+)$/);
  return {
    service,
    tell: async (source: string) =>
      (await ask(Number(port), { path: `/${encodeURIComponent(source)}` })).body,
  };
}

test('while the event loop is blocked, the time grows, the stall is counted and readiness is lost and regained', async (t) => {
  const { service, tell } = await told(t, { PITOT_READY_STALL: '1000', PITOT_STALL_THRESHOLD: '500' });
  await becomes(service, /^200 ready$/);
  const before = (await service.scrape()).samples;
  assert.equal(value(before, 'nodejs_eventloop_stalls_total'), 0);
  assert.equal(value(before, 'nodejs_eventloop_stall_time_seconds_total'), 0);

  const gate = closedGate(t);
  const blocked = tell(`block('${gate.path}')`);
  const stuck: number[] = [];
  const totals: number[] = [];
  while (stuck.length < 6) {
    const { samples } = await service.scrape();
    const now = value(samples, 'nodejs_eventloop_stall_current_seconds');
    if (now < 0.5) continue;
    stuck.push(now);
    totals.push(value(samples, 'nodejs_eventloop_stall_time_seconds_total'));
    assert.equal(value(samples, 'nodejs_eventloop_stalls_total'), 1);
  }
  for (const grows of [stuck, totals]) {
    assert.ok(
      grows.every((now, i) => i === 0 || now > (grows[i - 1] ?? 0)),
      `each is more: ${grows}`,
    );
  }
  await becomes(service, /^503 not ready: the event loop of the application has been stuck for \d+\.\d s$/);
  assert.equal(await health(service, '/livez'), '200 live');

  gate.open();
  await blocked;
  await becomes(service, /^200 ready$/);
  const after = await until(
    async () => {
      const { samples } = await service.scrape();
      return value(samples, 'nodejs_eventloop_stall_current_seconds') === 0 ? samples : undefined;
    },
    { what: 'the loop to be free' },
  );
  assert.equal(value(after, 'nodejs_eventloop_stalls_total'), 1);
  const seconds = value(after, 'nodejs_eventloop_stall_time_seconds_total');
  assert.ok(seconds >= Math.max(...totals), `${seconds} s`);
});

test('an application says that it is not ready, and why, also where its loop is stuck at once after it', async (t) => {
  const { service, tell } = await told(t);
  await becomes(service, /^200 ready$/);
  await tell(`pitot.setReady(false, 'draining\\n 3 connections')`);
  assert.equal(await health(service), '503 not ready: draining 3 connections');
  await tell('pitot.setReady(true)');
  assert.equal(await health(service), '200 ready');
  const gate = closedGate(t);
  const blocked = tell(`(pitot.setReady(false), block('${gate.path}'))`);
  await becomes(service, /^503 not ready: the application says so$/);
  assert.equal(await health(service, '/livez'), '200 live');
  gate.open();
  await blocked;
});

test('a process that is stopped and goes on has had no stall', async (t) => {
  const { service } = await told(t, { PITOT_STALL_THRESHOLD: '300', PITOT_READY_STALL: '300' });
  await becomes(service, /^200 ready$/);
  service.signal('SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  service.signal('SIGCONT');
  assert.equal(await health(service), '200 ready');
  const { samples } = await service.scrape();
  assert.equal(value(samples, 'nodejs_eventloop_stalls_total'), 0);
});

test('a process whose clock is replaced by a test has had no stall', async (t) => {
  const { service, tell } = await told(t, { PITOT_STALL_THRESHOLD: '300', PITOT_READY_STALL: '300' });
  await becomes(service, /^200 ready$/);
  await tell(`(process.hrtime.bigint = () => 0n, 0)`);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(await health(service), '200 ready');
  const { samples } = await service.scrape();
  assert.equal(value(samples, 'nodejs_eventloop_stall_current_seconds'), 0);
});

test('a heartbeat keeps no process alive, and an idle one beats', async (t) => {
  const program = `const alive = setInterval(() => {}, 1_000_000);
    process.once('SIGUSR2', () => clearInterval(alive));`;
  const service = await startService(t, { args: ['-e', program], env: { PITOT_READY_STALL: '1000' } });
  await becomes(service, /^200 ready$/);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await becomes(service, /^200 ready$/);
  service.signal('SIGUSR2');
  assert.deepEqual(await service.ended(), { code: 0, signal: null });
});

test('a stuck worker thread is not mistaken for the main thread, until it has ended', async (t) => {
  const { service, tell } = await told(t, { PITOT_STALL_THRESHOLD: '1000', PITOT_READY_STALL: '1000' });
  await tell(`globalThis.worker = new (process.getBuiltinModule('node:worker_threads').Worker)(
    "process.getBuiltinModule('node:worker_threads').parentPort.once('message', () => { for (;;); })",
    { eval: true },
  ), 0`);
  const threads = async () => {
    const { samples } = await service.scrape();
    const workers = samples.filter(
      ({ name, labels }) =>
        name === 'nodejs_eventloop_stall_current_seconds' && labels.thread_name === 'worker',
    );
    return { samples, workers };
  };
  // Once the hub knows the worker, however long that takes.
  await until(async () => (await threads()).workers.length === 1 || undefined, { what: 'a worker' });
  await tell('globalThis.worker.postMessage(0)');
  const samples = await until(
    async () => {
      const { samples, workers } = await threads();
      return workers.some(({ value }) => value > 1.5) ? samples : undefined;
    },
    { what: 'a worker to be stuck' },
  );
  assert.equal(value(samples, 'nodejs_eventloop_stall_current_seconds', { thread_name: 'main' }), 0);
  assert.equal(value(samples, 'nodejs_eventloop_stalls_total', { thread_name: 'main' }), 0);
  assert.equal(value(samples, 'nodejs_eventloop_stalls_total', { thread_name: 'worker' }), 1);
  assert.equal(await health(service), '200 ready');
  await tell('globalThis.worker.terminate()');
  await until(async () => (await threads()).workers.length === 0 || undefined, {
    what: 'the worker to be gone',
  });
  const after = (await threads()).samples;
  assert.equal(value(after, 'nodejs_eventloop_stalls_total', { thread_name: 'worker' }), 1);
});

test('health paths are as secured as the metrics, unless they are to be open', async (t) => {
  const PITOT_BEARER_TOKEN_FILE = write(`${folder(t)}/tokens`, 'secret');
  for (const PITOT_OPEN_HEALTH of ['false', 'true']) {
    const service = await startService(t, {
      args: ['-e', 'setInterval(() => {}, 1000)'],
      env: { PITOT_BEARER_TOKEN_FILE, PITOT_OPEN_HEALTH },
    });
    const port = Number((await service.endpoint()).port);
    const isOpen = PITOT_OPEN_HEALTH === 'true';
    assert.equal((await ask(port, { path: '/livez' })).status, isOpen ? 200 : 401);
    assert.equal((await ask(port)).status, 401);
    const { status, body } = await ask(port, { headers: bearer('secret') });
    assert.equal(status, 200);
    assert.match(body, /^pitot_endpoint_refusals_total\{.*pitot_refusal_reason="credentials"\} [12]$/m);
  }
});

test('an endpoint that cannot be secured stays off, says all that is wrong, and the application runs on', async (t) => {
  const PITOT_WEB_CONFIG_FILE = write(
    `${folder(t)}/web.yml`,
    'tls_server_confg: {}\nbasic_auth_users: {a: b}\n',
  );
  const { port, close } = await start(t);
  await close();
  const stillRunning = `process.once('SIGTERM', () => process.exit()); setInterval(() => console.log('still running'), 100);`;
  for (const PITOT_PROCESSES of ['merge', 'off', 'separate']) {
    const service = await startService(t, {
      args: ['-e', stillRunning],
      env: { PITOT_WEB_CONFIG_FILE, PITOT_PROCESSES, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
    });
    await service.line(/no endpoint/);
    await assert.rejects(ask(port));
    const written = service.stdout.length;
    await until(() => service.stdout.length > written || undefined, { what: 'a running application' });
    service.signal('SIGTERM');
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
    const faults = service.stderr.slice(0, service.stderr.indexOf('pitot: unknown_service'));
    assert.equal(
      faults,
      `pitot: error: web configuration ${PITOT_WEB_CONFIG_FILE}: ` +
        'basic_auth_users.a must have the bcrypt hash of a password, $2y$… | ' +
        'tls_server_confg is not known; known are tls_server_config, http_server_config, basic_auth_users, rate_limit. ' +
        'The endpoint stays off until the next start.\n',
    );
  }
});

test('the hub says how it is scraped, from zero on', async (t) => {
  const service = await startService(t, { args: ['-e', 'setInterval(() => {}, 1000)'] });
  const first = (await service.scrape()).samples;
  const scrapes = first.filter(({ name }) => name === 'pitot_scrapes_total');
  assert.ok(scrapes.length > 20 && scrapes.every(({ value }) => value === 0));
  const { samples } = await service.scrape();
  const done = samples.filter(({ name, value }) => name === 'pitot_scrapes_total' && value > 0);
  assert.deepEqual(
    done.map(({ labels, value }) => [labels.pitot_scrape_format, labels.pitot_scrape_outcome, value]),
    [['PrometheusText0.0.4', 'complete', 1]],
  );
  const bytes = samples.find(({ name, value }) => name === 'pitot_scrape_io_bytes_total' && value > 0);
  assert.ok((bytes?.value ?? 0) > 1000);
  assert.equal(value(samples, 'pitot_scrape_duration_seconds_count'), 1);
  const series = samples.filter(({ name }) => name === 'pitot_series');
  assert.equal(
    series.find(({ labels }) => labels.pitot_instrument_name === 'pitot.scrapes')?.value,
    scrapes.length,
  );
  for (const name of ['pitot_config_reloads_total', 'pitot_endpoint_refusals_total']) {
    const zeroes = samples.filter((sample) => sample.name === name);
    assert.ok(zeroes.length > 3 && zeroes.every(({ value }) => value === 0), name);
  }
});

test('a process that could not serve the metrics safely is served by another of the service', async (t) => {
  const PITOT_WEB_CONFIG_FILE = write(`${folder(t)}/web.yml`, 'nothing: known\n');
  const { port, close } = await start(t);
  await close();
  const run = (name: string, env: Record<string, string>) => {
    const program = `require('@opentelemetry/api').metrics.getMeter('m').createCounter('starts').add(1, { name: '${name}' });
      setInterval(() => {}, 1000);`;
    const common = { OTEL_SERVICE_NAME: `safely-${port}`, OTEL_EXPORTER_PROMETHEUS_PORT: String(port) };
    return startService(t, { args: ['-e', program], env: { ...common, ...env } });
  };
  const leader = await run('leader', {});
  await leader.endpoint();
  const follower = await run('follower', { PITOT_WEB_CONFIG_FILE });
  await follower.line(/served by process/);
  const { samples } = await leader.scrape();
  assert.equal(value(samples, 'starts_total', { name: 'follower' }), 1);
  assert.doesNotMatch(follower.stderr, /^pitot: error/m);
});
