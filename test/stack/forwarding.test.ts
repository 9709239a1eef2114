import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { OtlpMetric } from '../harness/otlp-decoding.ts';
import { select, value } from '../harness/samples.ts';
import { type Service, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { startGrpcReceiver } from '../hub/forward/helpers/grpc-receiver.ts';
import { startHttpReceiver } from '../hub/forward/helpers/http-receiver.ts';

/** Ends its hub on request. */
const APP = 'test/e2e/fixtures/hub-dies.mjs';
/** The same, and counts in a worker thread too. */
const THREADS = 'test/stack/programs/thread-and-hub.mjs';
/** Milliseconds. */
const INTERVAL = 200;

/** A receiver takes a request, cannot take it now, or takes it and does not say so. */
type Fate = 'accepted' | 'unavailable' | 'silence';

interface Receiver {
  readonly endpoint: string;
  readonly port: number;
  readonly requests: readonly { readonly metrics: readonly OtlpMetric[] }[];
  close(): void;
}

interface Kind {
  readonly protocol: 'http/protobuf' | 'grpc';
  /** The error of an export to a port without a listener. */
  readonly away: string;
  start(t: TestContext, fate: (request: number) => Fate, port?: number): Promise<Receiver>;
}

const KINDS: readonly Kind[] = [
  {
    protocol: 'http/protobuf',
    away: 'ECONNREFUSED',
    async start(t, fate, port = 0) {
      const answers = {
        accepted: { status: 200 },
        unavailable: { status: 503 },
        silence: 'silence',
      } as const;
      const receiver = await startHttpReceiver(t, { port, answer: (request) => answers[fate(request)] });
      const { requests, close } = receiver;
      return { endpoint: receiver.url, port: receiver.port, requests, close };
    },
  },
  {
    protocol: 'grpc',
    away: 'UNAVAILABLE',
    async start(t, fate, port = 0) {
      const answers = { accepted: {}, unavailable: { status: 14 }, silence: 'silence' } as const;
      const receiver = await startGrpcReceiver(t, { port, answer: (request) => answers[fate(request)] });
      const { requests, close } = receiver;
      return { endpoint: `http://${receiver.target}`, port: receiver.port, requests, close };
    },
  },
];

async function startApp(
  t: TestContext,
  { protocol }: Kind,
  endpoint: string,
  temporality: string,
  program = APP,
) {
  const service = await startService(t, {
    nodeArgs: [],
    args: [program],
    env: {
      OTEL_METRICS_EXPORTER: 'prometheus,otlp',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: temporality,
      OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL),
      OTEL_METRIC_EXPORT_TIMEOUT: String(INTERVAL),
    },
  });
  const [, port] = await service.line(/^listening on (\d+)$/);
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    assert.equal(await response.text(), 'ok');
  };
  return { service, ask };
}

/** The sum of the counter's points as a receiver of deltas makes it: what it had already, it knows by its time. */
function sumOfDeltas(metrics: readonly OtlpMetric[]): number {
  const last = new Map<string, bigint>();
  let sum = 0;
  for (const { attributes, time, startTime, value: number } of pointsOf(metrics)) {
    const key = JSON.stringify(attributes);
    const before = last.get(key) ?? 0n;
    if (time <= before) continue;
    assert.ok(startTime >= before, 'intervals do not overlap');
    last.set(key, time);
    sum += Number(number);
  }
  return sum;
}

/** The sum of the counter's latest totals; none of them ever falls. */
function sumOfTotals(metrics: readonly OtlpMetric[]): number {
  const latest = new Map<string, number>();
  for (const { attributes, value: number } of pointsOf(metrics)) {
    const key = JSON.stringify(attributes);
    assert.ok(Number(number) >= (latest.get(key) ?? 0));
    latest.set(key, Number(number));
  }
  return [...latest.values()].reduce((sum, total) => sum + total, 0);
}

function pointsOf(metrics: readonly OtlpMetric[]) {
  return metrics.filter(({ name }) => name === 'c').flatMap(({ points }) => points);
}

/** The metrics of the requests that the receiver really took. */
function had(receiver: Receiver, fate: (request: number) => Fate): OtlpMetric[] {
  return receiver.requests.flatMap(({ metrics }, request) =>
    fate(request) === 'unavailable' ? [] : metrics,
  );
}

/** Exports that failed in that way. */
async function failures(service: Service, errorType: string): Promise<number> {
  const { samples } = await service.scrape();
  const [failed] = select(samples, 'otel_sdk_exporter_operation_duration_seconds_count', {
    error_type: errorType,
  });
  return failed?.value ?? 0;
}

for (const kind of KINDS) {
  test(`${kind.protocol}: deltas add up although the receiver fails and the hub's thread dies`, async (t) => {
    // The receiver refuses one of five requests, and does not answer another.
    const fate = (request: number): Fate =>
      request % 5 === 1 ? 'unavailable' : request % 5 === 3 ? 'silence' : 'accepted';
    const receiver = await kind.start(t, fate);
    const { service, ask } = await startApp(t, kind, receiver.endpoint, 'delta');
    let asked = 0;
    for (let death = 0; death < 2; death++) {
      const before = receiver.requests.length;
      await until(
        async () => {
          await ask('/work');
          asked++;
          return receiver.requests.length - before >= 8 || undefined;
        },
        { what: 'some exports', instead: () => service.stderr },
      );
      await ask('/kill');
      asked++;
    }
    await until(() => sumOfDeltas(had(receiver, fate)) === asked || undefined, {
      what: `a sum of ${asked}`,
      instead: () => `${sumOfDeltas(had(receiver, fate))}\n${service.stderr}`,
    });
    service.signal('SIGTERM');
    await service.ended();
    assert.equal(sumOfDeltas(had(receiver, fate)), asked, 'nothing is sent again');
  });

  for (const temporality of ['cumulative', 'delta']) {
    test(`${kind.protocol}, ${temporality}: a receiver that goes and comes back has everything, with one line when it goes and one when it is back`, async (t) => {
      const sum = temporality === 'delta' ? sumOfDeltas : sumOfTotals;
      const first = await kind.start(t, () => 'accepted');
      const { service, ask } = await startApp(t, kind, first.endpoint, temporality);
      await ask('/work');
      await until(() => first.requests.some(({ metrics }) => sum(metrics) === 1) || undefined, {
        what: 'the first export',
      });
      first.close();
      let asked = 1;
      const before = await failures(service, kind.away);
      await until(
        async () => {
          await ask('/work');
          asked++;
          return (await failures(service, kind.away)) >= before + 5 || undefined;
        },
        { what: 'several exports that fail' },
      );
      const second = await kind.start(t, () => 'accepted', first.port);
      const all = () => [...first.requests, ...second.requests].flatMap(({ metrics }) => metrics);
      await until(() => sum(all()) === asked || undefined, {
        what: `a sum of ${asked}`,
        instead: () => `${sum(all())}\n${service.stderr}`,
      });
      await service.line(/takes metrics again, after \d+ s: nothing is missing/);
      // On a busy machine an export may also be late, and be told of likewise.
      const [gone, back] = [/warning: OTLP .* takes no metrics: /g, /takes metrics again, after/g].map(
        (line) => service.stderr.match(line)?.length,
      );
      assert.equal(gone, back, service.stderr);
      assert.ok(gone !== undefined && gone < 5, service.stderr);
      assert.equal(value((await service.scrape()).samples, 'pitot_forward_lost_total'), 0);
    });
  }

  test(`${kind.protocol}: what failed before goes out at the end, and what came since`, async (t) => {
    let isBack = false;
    let back = Number.POSITIVE_INFINITY;
    const fate = (request: number): Fate => {
      if (isBack) back = Math.min(back, request);
      return request < back ? 'unavailable' : 'accepted';
    };
    const receiver = await kind.start(t, fate);
    const { service, ask } = await startApp(t, kind, receiver.endpoint, 'delta');
    await ask('/work');
    await service.line(/takes no metrics/);
    await ask('/work');
    isBack = true;
    service.signal('SIGTERM');
    await service.ended();
    assert.equal(sumOfDeltas(had(receiver, fate)), 2, service.stderr);
  });
}

test('deltas of a counter that two threads have add up although the hub dies, and none is below zero', async (t) => {
  const [kind] = KINDS;
  assert.ok(kind);
  const receiver = await kind.start(t, () => 'accepted');
  const { service, ask } = await startApp(t, kind, receiver.endpoint, 'delta', THREADS);
  const received = () => receiver.requests.flatMap(({ metrics }) => metrics);
  const reaches = (sum: number) =>
    until(() => sumOfDeltas(received()) === sum || undefined, {
      what: `a sum of ${sum}`,
      instead: () => `${sumOfDeltas(received())}\n${service.stderr}`,
    });
  let asked = 0;
  for (let death = 0; death < 2; death++) {
    for (let i = 0; i < 5; i++) await ask('/work');
    asked += 5;
    await reaches(2 * asked);
    await ask('/kill');
    for (let i = 0; i < 5; i++) await ask('/work');
    asked += 5;
    await reaches(2 * asked);
  }
  assert.ok(pointsOf(received()).every(({ value: number }) => Number(number) > 0));
});
