import { createServer } from 'node:net';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { startInstrumentations } from '../../../../../src/app/sources/instrumentations.ts';

/* As preload.ts, with the official packages over the stock SDK. */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

const reader = new OnDemandReader();
startInstrumentations({
  chosen: ['http', 'express'],
  http: 'official',
  meterProvider: new MeterProvider({ readers: [reader] }),
});

const server = createServer(async (socket) => {
  socket.on('error', () => {});
  const { resourceMetrics } = await reader.collect();
  socket.end(JSON.stringify(resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics)));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.error(`metrics on ${address?.port}`);
});
server.unref();
