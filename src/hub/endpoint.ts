import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { diag } from '../base/diag.ts';
import { reasonOf } from '../base/reason.ts';
import { serviceOf } from '../channel/discovery/name.ts';
import type { Endpoint } from '../channel/messages.ts';
import type { Config } from '../config/settings/table.ts';
import { createHandlers } from './handlers.ts';
import { ListenError } from './http/listen.ts';
import { createRouter, type Router } from './http/routing.ts';
import { SecurityError } from './http/security/security.ts';
import type { LogCopy, ProcessDescription } from './processes/messages.ts';
import type { OwnMetrics } from './processes/own-series.ts';
import { Processes } from './processes/processes.ts';
import { openFirstFree, removeTarget, writeTarget } from './processes/separate.ts';
import { serviceStalls } from './processes/service-stalls.ts';
import { type MetricsServer, type ServerOptions, startServer } from './server.ts';
import type { OwnStalls, ProcessStall, StallReport } from './stalls/report.ts';

/** Followers have this long to answer a collection, besides the time for their observables. */
const ANSWER_MARGIN_MS = 250;

export interface EndpointOptions {
  readonly config: Config;
  readonly process: ProcessDescription;
  /** See {@link discoveryName}. */
  readonly socketName: string;
  readonly metrics: OwnMetrics;
  readonly stalls: OwnStalls;
  /** The server's callbacks. */
  readonly server: Pick<ServerOptions, 'events' | 'notReady' | 'cardinality' | 'inspectionObstacle'> & {
    /** Why no stall is examined; `undefined` if stalls are. */
    readonly stallObstacle: string | undefined;
  };
  /** From an earlier hub of this process. */
  readonly log: LogCopy | undefined;
  readonly saveLog: (log: LogCopy) => void;
  readonly peersChanged: (hasPeers: boolean) => void;
}

/** Where this process is served. */
export interface Served {
  /** `undefined` where pitot has no port. */
  readonly endpoint: Endpoint | undefined;
  /** The process that answers for all, where processes are merged. */
  readonly leaderPid?: number;
}

export interface OpenEndpoint {
  readonly ready: Promise<Served | undefined>;
  /** Whether this process serves the endpoint. */
  isLeader(): boolean;
  /** Whether other processes serve the same when this one ends. */
  isContinued(): Promise<boolean>;
  /** All that is served. Only for the leader. */
  collect(): Promise<CollectionResult>;
  /** Makes the labels of all series that are served. Does nothing but for the leader. */
  prepare(): Promise<void>;
  /** Answers a request of the application's own route as the endpoint would. */
  readonly answer: Router;
  /** Before the process ends: hands the last values over, in at most `timeout` milliseconds. */
  finish(timeout: number): Promise<unknown>;
}

/** Opens the endpoint as PITOT_PROCESSES says. When that fails, one error says so; all else goes on. */
export function openEndpoint(options: EndpointOptions): OpenEndpoint {
  const { config, metrics, server: told } = options;
  if (config.processes === 'merge' && config.port !== 0) return openTogether(options);
  const isSeparate = config.processes === 'separate';
  const { pid } = options.process;
  const stalls = () => reportOf(options, serviceStalls([{ pid, stalls: options.stalls.views() }]));
  const handlers = createHandlers({ ...told, ...config, collect: metrics.collect, stalls });
  const server = { ...told, ...config, handlers, collect: metrics.collect };
  const { port, targetsDirectory } = config;
  async function open(): Promise<Served | undefined> {
    if (port === 'none') return { endpoint: undefined };
    const opened = await (isSeparate
      ? openFirstFree(port, (next) => openIfFree({ ...server, port: next }))
      : startServer({ ...server, port }));
    if (opened === undefined) return undefined;
    if (isSeparate && targetsDirectory !== undefined) {
      const { host, serviceName: service } = config;
      writeTarget(targetsDirectory, { host, port: opened.port, service, process: options.process });
    }
    return { endpoint: { url: opened.url, port: opened.port } };
  }
  return {
    ready: open().catch(complain),
    isLeader: () => true,
    isContinued: async () => false,
    collect: metrics.collect,
    prepare: handlers.prepare,
    answer: createRouter(handlers.byPath, handlers.failed),
    async finish() {
      if (targetsDirectory !== undefined) removeTarget(targetsDirectory, options.process.pid);
    },
  };
}

function openTogether(options: EndpointOptions): OpenEndpoint {
  const { config, process: description, metrics, server, ...rest } = options;
  const { host, port, gaugeMerge, observeTimeout } = config;
  const handlers = createHandlers({
    ...server,
    ...config,
    collect: () => processes.collect(),
    eachProcess: () => processes.eachProcess(),
    stalls: () => reportOf(options, processes.stalls()),
  });
  const processes: Processes = new Processes({
    host,
    port,
    service: serviceOf(config),
    process: description,
    env: process.env,
    metrics,
    collectTimeout: observeTimeout + ANSWER_MARGIN_MS,
    gaugeRules: gaugeMerge,
    open: async () =>
      port === 'none'
        ? undefined
        : openIfFree({ ...server, ...config, port, handlers, collect: () => processes.collect() }),
    router: createRouter(handlers.byPath, handlers.failed),
    ...rest,
  });
  return {
    ready: processes.ready.then(
      (served) => served && { endpoint: port === 'none' ? undefined : served, leaderPid: served.leaderPid },
    ),
    isLeader: () => processes.isLeader,
    isContinued: () => processes.isContinued(),
    collect: () => processes.collect(),
    prepare: async () => {
      if (processes.isLeader) await handlers.prepare();
    },
    answer: processes.answer,
    finish: (timeout) => processes.finish(timeout),
  };
}

function reportOf(
  { config, process: { pid }, server: { stallObstacle } }: EndpointOptions,
  stalls: readonly ProcessStall[],
): StallReport {
  return {
    pid,
    thresholdSeconds: config.stallThreshold / 1000,
    ...(stallObstacle === undefined ? {} : { notExamined: stallObstacle }),
    stalls,
  };
}

/** `undefined` when the port is taken. */
async function openIfFree(options: ServerOptions): Promise<MetricsServer | undefined> {
  try {
    return await startServer(options);
  } catch (error) {
    if (error instanceof ListenError && error.code === 'EADDRINUSE') return undefined;
    throw error;
  }
}

function complain(error: unknown): undefined {
  if (error instanceof SecurityError) {
    diag.error(error.atStart);
    return;
  }
  const reason = reasonOf(error);
  diag.error(
    `${reason}. Set OTEL_EXPORTER_PROMETHEUS_HOST and OTEL_EXPORTER_PROMETHEUS_PORT to where pitot can listen ` +
      '(port 0 picks a free one); until then the application runs on without an endpoint.',
  );
}
