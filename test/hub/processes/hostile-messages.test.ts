import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import fc from 'fast-check';
import { diag } from '../../../src/base/diag.ts';
import { commonProtocol, ownDialect } from '../../../src/hub/processes/dialect.ts';
import { Followers } from '../../../src/hub/processes/followers.ts';
import { ReplicatedLog } from '../../../src/hub/processes/replicated-log.ts';
import { serviceStalls } from '../../../src/hub/processes/service-stalls.ts';
import { ServiceView } from '../../../src/hub/processes/service-view.ts';
import { parse } from '../expose/helpers/strict-parser.ts';
import { bodyOf } from '../expose/helpers/translated.ts';
import { diffOf, helloOf, lengthOf, peerOn } from './helpers/peer.ts';

/** Values that another program may put anywhere into a message. */
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  0.5,
  3,
  2 ** 31,
  2 ** 53,
  1e308,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  10n,
  '',
  '__proto__',
  'x'.repeat(100_000),
  [],
  [null],
  [[1, 2]],
  new Array(1e6),
  {},
  { toString: null },
  { type: 'state' },
  new Map([[1, 2]]),
  new Date(Number.NaN),
  new Float64Array([0]),
  new Float64Array([0, 0, 0, 1e308]),
  new Float32Array(3),
  new Uint8Array(9),
  Object.defineProperty({}, '__proto__', { value: 1, enumerable: true }),
];

const SILENT = { debug() {}, error() {}, info() {}, verbose() {}, warn() {} };

/** Where to replace what: each number picks a child of the value that the ones before lead to. */
const mutation = fc.record({
  path: fc.array(fc.nat(99), { minLength: 1, maxLength: 8 }),
  hostile: fc.constantFrom(...HOSTILE),
});

const STALL = {
  ...{ time: new Date(0).toISOString(), seconds: 1, isOver: false, thread: 'main' },
  cause: { function: 'f', file: 'a.js', line: 1, calling: 'g', isNative: false, share: 1 },
  stack: [{ function: 'f', file: 'a.js', line: 1, column: 1 }],
  routes: [{ method: 'GET', route: '/' }],
};

const MESSAGES: Readonly<Record<string, () => unknown>> = {
  state: () => ({ type: 'state', isWhole: true, diff: diffOf(2), stalls: [STALL] }),
  change: () => ({ type: 'state', isWhole: false, diff: { ...diffOf(2), metrics: [], series: [] } }),
  log: () => ({
    type: 'log',
    copy: {
      epoch: 1,
      entries: 4,
      totals: diffOf(3),
      ended: ['long gone'],
      endedCount: 1,
      endedStalls: [{ pid: 1, ...STALL }],
      processes: [{ process: helloOf('unknown').process, diff: diffOf(4), stalls: [STALL] }],
    },
  }),
  appended: () => ({ type: 'appended', request: 1 }),
};

test('whatever a follower sends, scrapes go on, and its numbers and those of others stay exact', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-hostile-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const warnings: string[] = [];
  diag.setLogger({ ...SILENT, warn: (text) => void warnings.push(text) });
  t.after(() => diag.disable());
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(MESSAGES)),
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      async (kind, mutations) => {
        warnings.length = 0;
        const log = new ReplicatedLog();
        log.append({ type: 'state', process: helloOf('honest').process, isWhole: true, diff: diffOf(10) });
        const message = mutations.reduce(mutated, MESSAGES[kind]?.());
        const path = join(directory, `${run++}.sock`);
        await serveOn(path, log, [
          helloOf('bad'),
          { type: 'state', isWhole: true, diff: diffOf(5) },
          message,
        ]);

        const jobs = scraped(log).find(({ name }) => name === 'jobs_total' || name === 'jobs');
        const isCutOff = warnings.length > 0;
        if (isCutOff) assert.equal(jobs?.samples[0]?.value, 15);
        assert.deepEqual(jobsOf(log, 'honest'), [10]);
        if (isCutOff) assert.deepEqual(jobsOf(log, 'bad'), [5]);
      },
    ),
    { numRuns: 200 },
  );
});

test('bytes of any kind in the place of messages leave the numbers as they were', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-hostile-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  let run = 0;
  const whole = serialize({ type: 'state', isWhole: true, diff: diffOf(6) });
  // A message with a replaced part, so that V8 reads a part of it.
  const damaged = fc
    .tuple(fc.nat(whole.length), fc.uint8Array({ minLength: 1, maxLength: 20 }))
    .map(([at, bytes]) => {
      const copy = Buffer.from(whole);
      copy.set(bytes.subarray(0, copy.length - at), at);
      return copy;
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
      const log = new ReplicatedLog();
      log.append({ type: 'state', process: helloOf('honest').process, isWhole: true, diff: diffOf(10) });
      const path = join(directory, `${run++}.sock`);
      await serveOn(path, log, [helloOf('bad')], Buffer.concat([lengthOf(bytes.length), bytes]));
      scraped(log);
      assert.deepEqual(jobsOf(log, 'honest'), [10]);
    }),
    { numRuns: 200 },
  );
});

test('two releases use the newest protocol that both know, if there is one', () => {
  const speaks = (oldestProtocol: number, protocol: number, serialization = 15) => ({
    ...ownDialect(),
    oldestProtocol,
    protocol,
    serialization,
  });
  assert.equal(commonProtocol(speaks(1, 3), speaks(2, 5)), 3);
  assert.equal(commonProtocol(speaks(2, 5), speaks(1, 3)), 3);
  assert.equal(commonProtocol(speaks(4, 5), speaks(1, 3)), undefined);
  assert.equal(commonProtocol(speaks(1, 1), speaks(1, 1)), 1);
  assert.equal(commonProtocol(speaks(1, 1, 15), speaks(1, 1, 16)), undefined, 'V8 reads only its own');
});

/** Serves one program that sends all this and goes; resolves when it is gone. */
async function serveOn(
  path: string,
  log: ReplicatedLog,
  messages: readonly unknown[],
  rest?: Uint8Array,
): Promise<void> {
  const followers = new Followers({
    service: { name: 'fleet', namespace: '' },
    process: { id: 'leader', pid: process.pid, started: '', attributes: {} },
    endpoint: { url: '', port: 1 },
    log,
    changed: () => {},
    saveLog: () => {},
  });
  const server = createServer((socket) => followers.accept(socket)).listen(path);
  await once(server, 'listening');
  const socket = connect(path);
  const peer = peerOn(socket);
  for (const message of messages) peer.send(message);
  if (rest !== undefined) socket.write(rest);
  socket.end();
  await peer.closed;
  await once(server.close(), 'close');
}

/** The result of a scrape of this log. */
function scraped(log: ReplicatedLog) {
  const processes = [...log.processes.values()].map(({ process: { pid }, stalls }) => ({ pid, stalls }));
  JSON.stringify(serviceStalls(processes, log.endedStalls));
  const view = new ServiceView({});
  const resource = view.resource(log);
  const scopeMetrics = [
    ...view.merge(log),
    { scope: { name: 'pitot' }, metrics: [view.processInformation(log)] },
  ];
  return parse(bodyOf({ resource, scopeMetrics }));
}

function jobsOf(log: ReplicatedLog, id: string): unknown[] {
  const scopes = log.processes.get(id)?.state.scopeMetrics() ?? [];
  const jobs = scopes.flatMap(({ metrics }) =>
    metrics.filter(({ descriptor }) => descriptor.name === 'jobs'),
  );
  return jobs.flatMap(({ dataPoints }) => dataPoints.map(({ value: count }) => count));
}

/** A copy of the value with one part of it replaced. */
function mutated(
  value: unknown,
  { path: [pick = 0, ...rest], hostile }: { path: number[]; hostile: unknown },
): unknown {
  if (typeof value !== 'object' || value === null) return hostile;
  const keys = Object.keys(value);
  const key = keys[pick % keys.length];
  if (key === undefined) return hostile;
  if (value instanceof Float64Array)
    return value.with(Number(key), Number(typeof hostile === 'number' ? hostile : -7));
  const child: unknown = Reflect.get(value, key);
  const part = rest.length === 0 ? hostile : mutated(child, { path: rest, hostile });
  if (Array.isArray(value)) return value.with(Number(key), part);
  return Object.fromEntries(Object.entries(value).map(([name, old]) => [name, name === key ? part : old]));
}
