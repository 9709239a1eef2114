import { parentPort, workerData } from 'node:worker_threads';
import { diag as apiDiag, DiagLogLevel } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { diag } from '../base/diag.ts';
import { stderrLogger } from '../base/log.ts';
import {
  type ApplicationMessage,
  FLUSH_FAILED,
  FLUSHED,
  type FlushRequest,
  HAS_PEERS,
  type HubData,
  type HubMessage,
  NO_PEERS,
  PEERS,
} from '../channel/messages.ts';
import type { RequestMessage } from '../channel/requests.ts';
import { chosenSources } from '../config/sources.ts';
import { StackCells } from '../model/stack-cells.ts';
import { VitalSigns } from '../model/vital-signs.ts';
import { Checkpoint } from './collect/checkpoint.ts';
import { CellsProducer } from './collect/producer.ts';
import { openEndpoint, type Served } from './endpoint.ts';
import { FlushQueue } from './flush-queue.ts';
import { createForwarders, createModules, describeForwarding } from './forward/forwarders.ts';
import { SelfObservation } from './forward/self-observation.ts';
import { reportOf } from './http/cardinality.ts';
import { PortReply } from './http/port-reply.ts';
import { answer } from './http/routing.ts';
import { InternalMetrics } from './internal-metrics.ts';
import { describeMeasured } from './measured.ts';
import { Preparation } from './preparation.ts';
import type { LogCopy } from './processes/messages.ts';
import type { Observed } from './processes/own-series.ts';
import { combined, startPullReader, startPushReaders } from './readers.ts';
import { notReady } from './readiness.ts';
import { resourceOf, serviceResource } from './resource.ts';
import { type CauseTotal, CauseTotals } from './stalls/cause-totals.ts';
import { StallExaminer } from './stalls/examiner.ts';
import { type LoggedStall, StallLog } from './stalls/log.ts';
import { ownStalls } from './stalls/report.ts';
import { type StallProgress, Stalls } from './stalls/stalls.ts';
import { startHostMetrics } from './system/host-metrics.ts';
import { registerWorkers } from './worker-registry.ts';

/*
 * The hub's thread starts here, and this file reads from top to bottom in the order in which its parts start:
 *
 *   recorders' cells ─┐                ┌─ pull reader ── endpoint, alone or with the service's other processes
 *   internal metrics ─┼── producers ───┤
 *   host metrics ─────┘                └─ push readers ── forwarders
 */

/** The state from which the next hub continues, besides the cells. */
interface Progress {
  /** The counts of threads that have ended. */
  readonly endedThreads: readonly ScopeMetrics[];
  /** The counts of the service's processes, if this process is their leader. */
  readonly log: LogCopy | undefined;
  /** The stalls of this process. */
  readonly stalls:
    | {
        readonly watch: StallProgress;
        readonly logged: readonly LoggedStall[];
        readonly causes: readonly CauseTotal[];
        /** When the first hub began to count, in milliseconds since the epoch. */
        readonly since: number;
      }
    | undefined;
}

const {
  config,
  process: identity,
  socketName,
  processStart,
  state,
  threads,
  recorder,
  vitals,
  stack,
  inspectionObstacle,
  instrumented,
  isFirst,
  checkpoint,
  threadCheckpoints,
  forwarded,
  applicationFolders,
} = workerData as HubData;
const logLevel = DiagLogLevel[config.logLevel];
diag.setLogger(stderrLogger, { logLevel });
// The resource, and exporters of other packages, log through the API.
apiDiag.setLogger(stderrLogger, { logLevel, suppressOverrideMessage: true });
const flags = new Int32Array(state);
const progress = new Checkpoint<Progress>(
  checkpoint,
  { endedThreads: [], log: undefined, stalls: undefined },
  (shared) => post({ type: 'checkpoint', checkpoint: shared }),
);

// Producers.
const cells = new CellsProducer(recorder, {
  observeTimeout: config.observeTimeout,
  gaugeRules: config.gaugeMerge,
  ended: progress.current.endedThreads,
  checkpoint: (endedThreads) => progress.update({ endedThreads }),
  threadCheckpoints,
  announced: () => preparation?.announced(),
  checkpointThread: (threadId, thread) => post({ type: 'threadCheckpoint', threadId, checkpoint: thread }),
});
const earlierStalls = progress.current.stalls;
const stallsSince = earlierStalls?.since ?? Date.now();
const stalls = new Stalls(config.stallThreshold, earlierStalls?.watch);
const causes = new CauseTotals(earlierStalls?.causes);
const stallLog = new StallLog(earlierStalls?.logged, () => {
  const logged = stallLog.all.toReversed();
  progress.update({ stalls: { watch: stalls.progress, logged, causes: causes.all, since: stallsSince } });
});
const internal = new InternalMetrics({ stalls, causes, since: stallsSince }, () => cells.registries);
const obstacle = config.stallCauses ? inspectionObstacle : 'PITOT_STALL_CAUSES is false';
const examiner = new StallExaminer({
  ...{ log: stallLog, obstacle, counter: causes, registries: () => cells.registries },
});
const mainThread = { name: 'main', id: 0 } as const;
examiner.add(mainThread, new StackCells(stack));
stalls.listen(examiner);
stalls.add(mainThread, new VitalSigns(vitals));
stalls.watch();
registerWorkers({ cells, stalls, examiner, answer: answerOverPort }, new Int32Array(threads));
const observation = new SelfObservation(internal.meter);
const host = chosenSources(config).includes('host-metrics')
  ? startHostMetrics({ processStart, hasPromClientNames: config.defaultMetrics !== 'opentelemetry' })
  : undefined;
const producers = host === undefined ? [cells, internal] : [cells, host, internal];
const resource = resourceOf(config, identity);

// Pull.
const opened = config.exporters.includes('prometheus') ? open() : undefined;
const preparation =
  opened && new Preparation({ countSeries: () => cells.seriesCount, prepare: () => opened.prepare() });

// Push.
const forwardsForAll = config.forwardFrom === 'leader' && canForwardForAll();
const pushedResource = forwardsForAll ? serviceResource(config, resource) : resource;
const [own, modules] = await Promise.all([
  createForwarders(config),
  createModules(config, applicationFolders, pushedResource),
]);
/** All processes, if this one may forward for them. */
const service = forwardsForAll ? opened : undefined;
const push = startPushReaders({
  config,
  forwarders: [...own, ...modules.forwarders],
  moduleReaders: modules.readers,
  source: service === undefined ? combined(producers) : { collect: () => service.collect() },
  resource: pushedResource,
  endIntervals: () => cells.endIntervals(),
  observation,
  isActive: () => service?.isLeader() ?? true,
  isContinued: async () => service?.isContinued() ?? false,
  forwarded,
  checkpoint: (destination, shared) => post({ type: 'forwarded', destination, forwarded: shared }),
});
// While a receiver is away, series stay: their last recordings are not exported yet.
cells.holdExpiry(() => push.isBehind);

// The application may have asked already, if it ended meanwhile: a port holds its messages for the first listener.
const flushes = new FlushQueue(flush);
parentPort?.on('message', (message: ApplicationMessage) => {
  if (message.type === 'flush') void flushes.add(message);
  else answerOverPort(message);
});
const served = await opened?.ready;
if (Atomics.load(flags, PEERS) !== HAS_PEERS) Atomics.store(flags, PEERS, NO_PEERS);
post({ type: 'ready', endpoint: served?.endpoint });
if (isFirst) diag.info(startUpLine(served));

/** Answers a request of the application's own route. */
function answerOverPort({ request, port }: RequestMessage): void {
  const reply = new PortReply(port);
  if (opened !== undefined) opened.answer(request, reply, () => reply.signal);
  else
    answer(
      reply,
      503,
      'pitot serves nothing for Prometheus: OTEL_METRICS_EXPORTER does not contain prometheus',
    );
}

function open() {
  const collect = startPullReader(producers, resource, observation);
  return openEndpoint({
    config,
    process: { ...identity, attributes: resource.attributes },
    socketName,
    metrics: {
      collect: async () => internal.countSeries(await collect()),
      peek: () => cells.peek(),
      observe,
    },
    stalls: ownStalls(stallLog),
    server: {
      events: {
        refused: internal.refused,
        reloaded: internal.reloaded,
        scraped(scrape) {
          internal.scraped(scrape);
          if (scrape.outcome === 'complete') preparation?.scraped();
        },
      },
      notReady: () => notReady(stalls.states(), config.readyStall),
      inspectionObstacle,
      stallObstacle: obstacle,
      cardinality: reportOf(() => cells.registries),
    },
    log: progress.current.log,
    saveLog: (log) => progress.update({ log }),
    peersChanged(hasPeers) {
      Atomics.store(flags, PEERS, hasPeers ? HAS_PEERS : NO_PEERS);
      post({ type: 'peers' });
    },
  });
}

/** For the service's other processes: runs the observables, and collects the metrics that are not in the cells. */
async function observe({ ofTheMachine }: { ofTheMachine: boolean }): Promise<Observed> {
  const [errors, ofProcess, own] = await Promise.all([
    cells.observe(),
    ofTheMachine ? host?.collect() : host?.collectProcess(),
    internal.collect(),
  ]);
  return {
    scopeMetrics: [ofProcess, own].flatMap((one) => one?.resourceMetrics.scopeMetrics ?? []),
    errors: [...errors, ...own.errors],
  };
}

async function flush({ request, timeout, isFinal }: FlushRequest): Promise<void> {
  if (isFinal) cells.finish();
  const [isForwarded] = await Promise.all([
    push.flush(isFinal),
    isFinal ? opened?.finish(timeout) : undefined,
  ]);
  if (!isForwarded) Atomics.store(flags, FLUSH_FAILED, request);
  Atomics.store(flags, FLUSHED, request);
  Atomics.notify(flags, FLUSHED);
}

function post(message: HubMessage): void {
  parentPort?.postMessage(message);
}

/**
 * The leader can forward for all processes only if it serves for all of them, and only totals: the next leader
 * continues totals, but not differences.
 */
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

function startUpLine(served: Served | undefined): string {
  return [
    config.serviceName,
    whereServed(served),
    describeMeasured(instrumented),
    describeForwarding(config, modules),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function whereServed(served: Served | undefined): string {
  if (served === undefined) return 'no endpoint';
  const { endpoint, leaderPid = process.pid } = served;
  const place = endpoint?.url ?? "no port, served by the application's own route";
  return leaderPid === process.pid ? place : `${place} (served by process ${leaderPid})`;
}
