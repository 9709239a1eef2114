import { parentPort, workerData } from 'node:worker_threads';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { startServer } from '../expose/server.ts';
import { createForwarders, describeForwarding } from '../forward/forwarders.ts';
import { stderrLogger } from '../log.ts';
import { type Endpoint, FLUSHED, type HubData, type HubMessage, type HubRequest } from './messages.ts';
import { startPipeline } from './pipeline.ts';
import { CellsProducer } from './producer.ts';

// The hub's thread starts here: read the cells, serve them, forward them.
const { config, state, recorder, instrumented, isFirst } = workerData as HubData;
diag.setLogger(stderrLogger, { logLevel: DiagLogLevel[config.logLevel], suppressOverrideMessage: true });

const cells = new CellsProducer(recorder, config.observeTimeout);
const pipeline = startPipeline(config, cells, await createForwarders(config));

parentPort?.on('message', (request: HubRequest) => {
  if (request.type === 'flush') void flush();
});

const endpoint = await listen();
parentPort?.postMessage({ type: 'ready', endpoint } satisfies HubMessage);
if (isFirst) diag.info(startUpLine(endpoint));

async function flush(): Promise<void> {
  cells.finish();
  await pipeline
    .flush()
    .catch((error: unknown) => diag.error('the last values could not be forwarded:', error));
  const flags = new Int32Array(state);
  Atomics.store(flags, 0, FLUSHED);
  Atomics.notify(flags, 0);
}

/** Opens the endpoint. When that fails, one error says so; the application and forwarding go on. */
async function listen(): Promise<Endpoint | undefined> {
  if (pipeline.collect === undefined) return undefined;
  try {
    const { host, port, scopeLabels } = config;
    const server = await startServer({ host, port, scopeLabels, collect: pipeline.collect });
    return { url: server.url, port: server.port };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    diag.error(
      `${reason}. Set OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT to where pitot can listen ` +
        '(port 0 picks a free one); until then the application runs on without an endpoint.',
    );
    return undefined;
  }
}

function startUpLine(endpoint: Endpoint | undefined): string {
  return [
    config.serviceName,
    endpoint?.url ?? 'no endpoint',
    instrumented.join(', '),
    describeForwarding(config),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
