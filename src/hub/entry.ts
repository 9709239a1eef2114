import { parentPort, workerData } from 'node:worker_threads';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { stderrLogger } from '../base/log.ts';
import {
  type Endpoint,
  FLUSH,
  FLUSHED,
  HAS_PEERS,
  type HubData,
  type HubMessage,
  type HubRequest,
  NO_PEERS,
  PEERS,
} from '../channel/messages.ts';
import { VitalSigns } from '../model/vital-signs.ts';
import { cardinality, cardinalityJson, cardinalityText } from './collect/cardinality.ts';
import { Checkpoint } from './collect/checkpoint.ts';
import { CellsProducer } from './collect/producer.ts';
import { type OpenEndpoint, openEndpoint } from './endpoint.ts';
import { createForwarders, describeForwarding } from './forward/forwarders.ts';
import { SelfObservation } from './forward/self-observation.ts';
import { InternalMetrics } from './internal-metrics.ts';
import { describeMeasured } from './measured.ts';
import { startPipeline } from './pipeline.ts';
import type { LogCopy } from './processes/messages.ts';
import type { Observed } from './processes/own-series.ts';
import { notReady } from './readiness.ts';
import { resourceOf, serviceResource } from './resource.ts';
import { Stalls } from './stalls.ts';
import { registerWorkers } from './worker-registry.ts';

/** What the next hub goes on from, besides the cells. */
interface Progress {
  /** What threads that have ended had counted. */
  readonly endedThreads: readonly ScopeMetrics[];
  /** What the service's processes had counted, if this process is their leader. */
  readonly log: LogCopy | undefined;
}

// The hub's thread starts here: read the cells, serve them, forward them.
const {
  config,
  process: identity,
  state,
  threads,
  recorder,
  vitals,
  instrumented,
  isFirst,
  checkpoint,
  threadCheckpoints,
  forwarded,
} = workerData as HubData;
diag.setLogger(stderrLogger, { logLevel: DiagLogLevel[config.logLevel], suppressOverrideMessage: true });
const flags = new Int32Array(state);
const progress = new Checkpoint<Progress>(checkpoint, { endedThreads: [], log: undefined }, (shared) =>
  post({ type: 'checkpoint', checkpoint: shared }),
);
let isBehind = () => false;

const cells = new CellsProducer(recorder, {
  observeTimeout: config.observeTimeout,
  // What was recorded while a receiver is away shall be in an export before its series goes.
  mayExpire: () => !isBehind(),
  gaugeRules: config.gaugeMerge,
  ended: progress.current.endedThreads,
  checkpoint: (endedThreads) => progress.update({ endedThreads }),
  threadCheckpoints,
  checkpointThread: (threadId, thread) => post({ type: 'threadCheckpoint', threadId, checkpoint: thread }),
});
const stalls = new Stalls(config.stallThreshold);
stalls.add({ name: 'main', id: 0 }, new VitalSigns(vitals));
stalls.watch();
registerWorkers(cells, stalls, new Int32Array(threads));
const internal = new InternalMetrics(stalls, () => cells.registries);
let opened: OpenEndpoint | undefined;

const resource = resourceOf(config, identity);
const forwardsForAll = config.forwardFrom === 'leader' && canForwardForAll();
const forwarders = await createForwarders(config);
const pipeline = startPipeline({
  config,
  resource,
  cells,
  internal,
  selfObservation: new SelfObservation(internal.meter),
  forwarders,
  service: forwardsForAll
    ? {
        producer: { collect: async () => opened?.collect() ?? cells.collect() },
        resource: serviceResource(config, resource),
        isForwarding: () => opened?.isLeader() ?? false,
      }
    : undefined,
  forwarded,
  checkpointForwarded: (shared) => post({ type: 'forwarded', forwarded: shared }),
});

isBehind = () => pipeline.isBehind;
// A process that ended meanwhile has asked already; the request waits for whoever listens.
parentPort?.on('message', (request: HubRequest) => {
  if (request.type === 'flush') void flush(request.timeout);
});
const { collect } = pipeline;
opened =
  collect === undefined
    ? undefined
    : await openEndpoint({
        config,
        process: { ...identity, attributes: resource.attributes },
        metrics: {
          collect: async () => internal.countSeries(await collect()),
          peek: () => cells.peek(),
          observe,
        },
        server: {
          events: internal,
          notReady: () => notReady(stalls.states(), config.readyStall),
          cardinality: {
            text: () => cardinalityText(cardinality(cells.registries)),
            json: () => cardinalityJson(cardinality(cells.registries)),
          },
        },
        log: progress.current.log,
        saveLog: (log) => progress.update({ log }),
        peersChanged(hasPeers) {
          Atomics.store(flags, PEERS, hasPeers ? HAS_PEERS : NO_PEERS);
          post({ type: 'peers' });
        },
      });
const endpoint = await opened?.ready;
if (Atomics.load(flags, PEERS) !== HAS_PEERS) Atomics.store(flags, PEERS, NO_PEERS);
post({ type: 'ready', endpoint });
if (isFirst) diag.info(startUpLine(endpoint));

/** What the service's processes exchange, besides the cells. */
async function observe(): Promise<Observed> {
  const [errors, ...others] = await Promise.all([
    cells.observe(),
    ...pipeline.others.map((producer) => producer.collect()),
  ]);
  return {
    scopeMetrics: others.flatMap(({ resourceMetrics }) => resourceMetrics.scopeMetrics),
    errors: [...errors, ...others.flatMap((other) => other.errors)],
  };
}

async function flush(timeout: number): Promise<void> {
  cells.finish();
  await Promise.all([pipeline.flush(), opened?.finish(timeout)]);
  Atomics.store(flags, FLUSH, FLUSHED);
  Atomics.notify(flags, FLUSH);
}

function post(message: HubMessage): void {
  parentPort?.postMessage(message);
}

/** One process can forward for all only what it serves for all, and only totals: those go on with the next leader. */
function canForwardForAll(): boolean {
  const isServed =
    config.exporters.includes('prometheus') && config.processes === 'merge' && config.port !== 0;
  if (isServed && config.temporality === 'cumulative') return true;
  diag.warn(
    'PITOT_FORWARD_FROM is leader, which needs OTEL_METRICS_EXPORTER with prometheus, PITOT_PROCESSES=merge, a fixed ' +
      'port and cumulative temporality; each process forwards its own metrics instead.',
  );
  return false;
}

function startUpLine(endpoint: (Endpoint & { readonly leaderPid?: number }) | undefined): string {
  const isFollower = endpoint?.leaderPid !== undefined && endpoint.leaderPid !== process.pid;
  return [
    config.serviceName,
    endpoint === undefined
      ? 'no endpoint'
      : isFollower
        ? `${endpoint.url} (served by process ${endpoint.leaderPid})`
        : endpoint.url,
    describeMeasured(instrumented, config),
    describeForwarding(config),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
