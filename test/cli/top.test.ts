import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { runTraffic, type Traffic } from '../../examples/workflow-service/traffic.ts';
import { linesOf, ORDERS, operationsOf } from '../../src/cli/top/top-view.ts';
import type { Frame } from '../../src/hub/page/wire.ts';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { inherited, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { counter, resourceMetrics, scope } from '../hub/expose/helpers/metrics.ts';
import { startExample, TOKEN } from '../hub/page/helpers/example.ts';
import { servePage } from '../hub/page/helpers/served.ts';
import { MAIN, pitot } from './helpers/pitot.ts';

/** Runs the command in a terminal of that width. */
function terminal(
  lifetime: Lifetime,
  url: string,
  columns: number,
): { child: ChildProcess; output: () => string } {
  const line = `stty cols ${columns} rows 24; exec '${process.execPath}' '${MAIN}' top ${url}`;
  const child = spawn(program('script'), ['-qefc', line, '/dev/null'], {
    env: { ...inherited(), TERM: 'xterm' },
  });
  lifetime.after(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { child, output: () => output };
}

/** The screen after the last drawing. */
function screenOf(output: string): string[] {
  const drawing = output.slice(output.lastIndexOf('\x1b[H') + 3);
  return stripVTControlCharacters(drawing).split(/\r*\n/);
}

describe('pitot top', () => {
  const lifetime = lifetimeOfSuite();
  let url: string;
  let traffic: Traffic;

  before(async () => {
    let example: string;
    ({ address: url, example } = await startExample(lifetime));
    traffic = await runTraffic({ url: example, token: TOKEN, rounds: 3 });
    await traffic.close();
  });

  test('without a terminal it prints one report, with the requests that were made, and ends', async () => {
    const { code, stdout, stderr } = await pitot(['top', url]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      /^workflow-service 1\.2\.3 {2}(Healthy|Failing: .*|Slow: .*) {2}· 1 process · 1 thread/,
    );
    assert.ok(!stdout.includes('\x1b'));
    const made = traffic.report.requests.toJSON();
    const total = made.reduce((sum, { count }) => sum + count, 0);
    assert.match(stdout, new RegExp(`^since start {2}requests ${total} {2}failed`, 'm'));
    const runs = made.filter(({ method, route }) => method === 'POST' && route === '/orgs/:org/runs');
    const posted = runs.reduce((sum, { count }) => sum + count, 0);
    assert.match(stdout, new RegExp(`^POST +/orgs/:org/runs .* ${posted}$`, 'm'));
    assert.match(stdout, /^loop busy .* memory \d/m);
  });

  test('in a terminal it redraws, sorts on a key, and restores the terminal', {
    skip: skipWithout('script'),
  }, async (t) => {
    const { child, output } = terminal(t, url, 80);
    const line = (pattern: RegExp) =>
      until(() => screenOf(output()).find((each) => pattern.test(each)), {
        what: `a line ${pattern}`,
        instead: () => screenOf(output()).join('\n'),
      });
    await line(/^POST +\/orgs\/:org\/runs/);
    await line(/^q quit {3}s sort: rate {3}↑↓ select {3}Enter open$/);
    assert.deepEqual(
      screenOf(output()).filter((each) => [...each].length > 80),
      [],
    );
    child.stdin?.write('s');
    await line(/s sort: errors/);
    child.stdin?.write('\x1b[B');
    await line(/^▸/);
    child.stdin?.write('\r');
    await line(/^p95 {6}\S/);
    await line(/Esc back$/);
    const ended = once(child, 'exit');
    child.stdin?.write('q');
    assert.equal((await ended)[0], 0);
    assert.ok(output().startsWith('\x1b[?1049h'));
    assert.ok(output().trimEnd().endsWith('\x1b[?25h\x1b[?1049l'));
  });

  test('an endpoint that does not answer, one without a page, and a bad address have their own errors', async (t) => {
    const refused = await pitot(['top', 'http://127.0.0.1:9']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /http:\/\/127\.0\.0\.1:9\/page\/events cannot be read: /);
    const unsaid = await pitot(['top'], { env: { OTEL_EXPORTER_PROMETHEUS_PORT: '9' } });
    assert.equal(unsaid.code, 1);
    assert.match(unsaid.stderr, /http:\/\/localhost:9\//);
    const routed = await pitot(['top', 'http://127.0.0.1:9/internal']);
    assert.match(routed.stderr, /http:\/\/127\.0\.0\.1:9\/internal\/page\/events cannot be read: /);
    const portless = await pitot(['top'], { env: { OTEL_EXPORTER_PROMETHEUS_PORT: 'none' } });
    assert.equal(portless.code, 2);
    assert.match(portless.stderr, /PORT is none: top takes the address of a route with a prefix/);
    const misused = await pitot(['top', 'ftp://localhost']);
    assert.equal(misused.code, 2);
    assert.match(misused.stderr, /top takes the address of an endpoint/);
    const off = await startService(t, {
      args: ['test/hub/page/fixtures/requests.mjs'],
      env: { PITOT_PAGE: 'off' },
    });
    const absent = await pitot(['top', (await off.endpoint()).href]);
    assert.equal(absent.code, 1);
    assert.match(absent.stderr, /is not there; is the page off \(PITOT_PAGE\)\?/);
  });

  test('names cannot control the terminal', async (t) => {
    const resource = { 'service.name': 'a\x1b]0;taken\x07b\nc' };
    const address = await servePage(t, () => ({
      resourceMetrics: resourceMetrics(resource, scope('s', counter({ name: 'hits' }, [{}, 1]))),
      errors: [],
    }));
    const { stdout } = await pitot(['top', address]);
    assert.ok(stdout.startsWith('a\u{fffd}]0;taken\u{fffd}b\u{fffd}c'), stdout);
  });
});

test('the lines fit the terminal, in width and in number', () => {
  const point = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
  const quantile = fc.oneof(
    fc.record({ value: point }),
    fc.record({ value: point, bound: fc.constantFrom('atMost' as const, 'above' as const) }),
  );
  const row = fc.record({
    key: fc.tuple(fc.string({ maxLength: 60, unit: 'grapheme' }), fc.string({ maxLength: 60 })),
    isOthers: fc.boolean(),
    total: fc.nat(),
    failed: fc.nat(),
    rate: point,
    errors: point,
    clientErrors: point,
    mean: point,
    p50: quantile,
    p95: quantile,
    p99: quantile,
    spark: fc.constant([]),
  });
  const frame = fc.array(row).map(
    (rows): Frame => ({
      run: '',
      isWhole: true,
      interval: 2000,
      process: null,
      processes: [],
      times: [1],
      points: {},
      health: {
        service: 'a service',
        version: '1',
        runtime: 'Node.js 24',
        uptime: 1,
        startedBy: 1,
        processes: 1,
        stale: 0,
        threads: 1,
        stalls: { count: 1, seconds: 1 },
        state: { level: 'good', text: 'Healthy', detail: '' },
      },
      overview: {
        requests: 1,
        failed: 0,
        rate: 1,
        errors: 1,
        clientErrors: 0,
        mean: 1,
        p50: { value: 1 },
        p95: { value: null },
        p99: { value: 1, bound: 'above' },
      },
      stallCauses: [],
      sections: [
        {
          id: 'http',
          title: 'Requests',
          charts: [],
          table: { keys: ['Method', 'Route'], hasClientErrors: true, hasViews: true, rows },
        },
      ],
      listed: 1,
      seriesLimit: 1,
    }),
  );
  fc.assert(
    fc.property(
      frame,
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      fc.constantFrom(...ORDERS),
      fc.boolean(),
      fc.boolean(),
      (given, columns, rows, order, hasColour, isOpen) => {
        const lines = linesOf(given, {
          ...{ columns, rows, order, hasColour, notice: undefined, isOpen },
          selected: operationsOf(given, order)[3],
        });
        assert.equal(lines.length, rows);
        for (const line of lines) assert.ok([...stripVTControlCharacters(line)].length <= columns, line);
      },
    ),
  );
});
