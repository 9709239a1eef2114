import { createServer } from 'node:net';
import { DiagConsoleLogger, DiagLogLevel } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { startInstrumentations } from '../../../../src/app/sources/instrumentations.ts';
import { diag } from '../../../../src/base/diag.ts';
import { chosenSources } from '../../../../src/config/sources.ts';

/*
 * Starts the automatic sources over the stock SDK, as `boot` starts them over the recorder, before the
 * application loads. `SOURCES` holds the two lists as JSON. The socket announced on stderr answers the
 * commands `collect` (with what was recorded) and `stop`; it is none of `node:http`, and so not measured.
 */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
const reader = new OnDemandReader();
const { enabled, disabled } = JSON.parse(process.env.SOURCES ?? '{}');
const { names, stop } = startInstrumentations({
  chosen: chosenSources({ sources: enabled, disabledSources: disabled ?? [], webSockets: [] }),
  http: 'official',
  meterProvider: new MeterProvider({ readers: [reader] }),
});

async function answer(command: string): Promise<unknown> {
  if (command === 'stop') return stop();
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
}

const server = createServer((socket) => {
  socket.setEncoding('utf8').once('data', async (command: string) => {
    socket.end(JSON.stringify((await answer(command)) ?? null));
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.error(`sources: ${names.join(' ')}; commands: ${address?.port}`);
});
server.unref();
