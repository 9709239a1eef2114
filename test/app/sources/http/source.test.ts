import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { MeterProvider } from '@opentelemetry/api';
import { MetricReader, MeterProvider as StockMeterProvider } from '@opentelemetry/sdk-metrics';
import { Recorder } from '../../../../src/app/record/recorder.ts';
import { nativeHttp } from '../../../../src/app/sources/http/native-http.ts';
import { until } from '../../../harness/until.ts';
import { readerOf } from '../../record/helpers/collect.ts';
import { listening } from './helpers/listening.ts';
import { countedIn } from './helpers/measured.ts';

class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const recorder = new Recorder();
const read = readerOf(recorder);
const reader = new OnDemandReader();
const PROVIDERS: Readonly<Record<string, { provider: MeterProvider; collect: typeof read }>> = {
  'the recorder': { provider: recorder, collect: read },
  'the stock SDK': {
    provider: new StockMeterProvider({ readers: [reader] }),
    collect: async () => (await reader.collect()).resourceMetrics.scopeMetrics,
  },
};

for (const [whose, { provider, collect }] of Object.entries(PROVIDERS)) {
  test(`the source records into the instruments of ${whose}`, async (t) => {
    const { name, packages, start } = nativeHttp({});
    assert.deepEqual([name, packages], ['http', []]);
    t.after(start(provider));
    const port = await listening(
      t,
      createServer((_, response) => response.end('ok')),
    );
    for (let i = 0; i < 3; i++) await (await fetch(`http://127.0.0.1:${port}`)).text();
    const metrics = async () =>
      (await collect()).filter(({ scope }) => scope.name === 'pitot/http').flatMap((scope) => scope.metrics);
    await until(
      async () => countedIn(await metrics(), 'http.server.request.duration')[0]?.count === 3 || undefined,
      {
        what: 'three requests',
      },
    );
    const all = await metrics();
    assert.equal(countedIn(all, 'http.server.response.body.size')[0]?.sum, 6);
    assert.equal(countedIn(all, 'http.server.active_requests')[0]?.sum, 0);
    assert.equal(countedIn(all, 'http.client.request.duration')[0]?.count, 3);
  });
}
