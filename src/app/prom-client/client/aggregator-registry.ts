import type { Worker } from 'node:cluster';
import { groupBy } from '../../../base/group-by.ts';
import { type AggregatedMetric, aggregators } from './aggregators.ts';
import { HOLD } from './own-metric.ts';
import { globalRegistry, PROMETHEUS_CONTENT_TYPE, Registry } from './registry.ts';
import type { OpenMetricsContentType, PrometheusContentType, RegistryContentType } from './types.ts';

/*
 * The messages of prom-client 15: a primary with one library reads workers with the other.
 */
const REQUEST = 'prom-client:getMetricsReq';
const RESPONSE = 'prom-client:getMetricsRes';

const TIMEOUT_MS = 5000;

interface Request {
  readonly responses: AggregatedMetric[][];
  pending: number;
  readonly timer: NodeJS.Timeout;
  readonly done: (outcome: Error | string | Promise<string>) => void;
}

interface Response {
  readonly type: typeof RESPONSE;
  readonly requestId: number;
  readonly metrics: AggregatedMetric[][];
  readonly error?: string;
}

let registries: readonly AnyRegistry[] = [globalRegistry];
let nextRequest = 0;
let isListening = false;
const requests = new Map<number, Request>();

type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

/**
 * Merges the metrics of a cluster's workers in its primary. pitot's endpoint does that of itself, with the counts of
 * workers that have ended; this is for applications that serve the merged text by a route of their own.
 */
export class AggregatorRegistry<T extends RegistryContentType = PrometheusContentType> extends Registry<T> {
  /** In a worker it makes the worker answer the primary. */
  constructor(contentType: T = PROMETHEUS_CONTENT_TYPE as T) {
    super(contentType);
    listen();
  }

  /** The merged text of all connected workers; empty without any. Rejects when one does not answer in 5 s. */
  clusterMetrics(): Promise<string> {
    const requestId = nextRequest++;
    return new Promise((resolve, reject) => {
      const done: Request['done'] = (outcome) => {
        clearTimeout(request.timer);
        requests.delete(requestId);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const timer = setTimeout(() => done(new Error('Operation timed out.')), TIMEOUT_MS);
      const request: Request = { responses: [], pending: 0, timer, done };
      requests.set(requestId, request);
      for (const worker of Object.values(cluster().workers ?? {})) {
        // A worker that ended abruptly may still be in the list.
        if (!worker?.isConnected()) continue;
        worker.send({ type: REQUEST, requestId });
        request.pending++;
      }
      if (request.pending > 0) return;
      clearTimeout(timer);
      process.nextTick(done, '');
    });
  }

  /**
   * One registry with the metrics of several, each made by `getMetricsAsJSON()`. A metric's `aggregator` says how its
   * values become one.
   */
  static aggregate<T extends RegistryContentType = PrometheusContentType>(
    metrics: object[],
    contentType: T = PROMETHEUS_CONTENT_TYPE as T,
  ): Registry<T> {
    const aggregated = new Registry<T>();
    aggregated.setContentType(contentType);
    const byName = groupBy((metrics as AggregatedMetric[][]).flat(), ({ name }) => name);
    for (const some of byName.values()) {
      const { aggregator = 'sum' } = some[0] ?? {};
      if (!Object.hasOwn(aggregators, aggregator)) {
        throw new Error(`'${aggregator}' is not a defined aggregator.`);
      }
      const metric = aggregators[aggregator](some);
      if (metric !== undefined) aggregated[HOLD]({ get: () => metric, ...metric });
    }
    return aggregated;
  }

  /** The registries that a worker sends to the primary. The default is the global one. */
  static setRegistries(regs: AnyRegistry[] | AnyRegistry): void {
    const all = Array.isArray(regs) ? regs : [regs];
    for (const one of all) {
      if (!(one instanceof Registry)) throw new TypeError(`Expected Registry, got ${typeof one}`);
    }
    registries = all;
  }
}

/** Loaded on demand: some hosts forbid it. */
function cluster(): typeof import('node:cluster').default {
  return process.getBuiltinModule('node:cluster') as unknown as typeof import('node:cluster').default;
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  const { isPrimary, isWorker } = cluster();
  if (isPrimary) cluster().on('message', (_worker: Worker, message: Response) => receive(message));
  if (isWorker) {
    process.on('message', (message: { type?: unknown; requestId: number }) => {
      if (message?.type === REQUEST) void answer(message.requestId);
    });
  }
}

function receive(message: Response): void {
  if (message?.type !== RESPONSE) return;
  const request = requests.get(message.requestId);
  if (request === undefined) return;
  if (message.error !== undefined) {
    request.done(new Error(message.error));
    return;
  }
  request.responses.push(...message.metrics);
  if (--request.pending > 0) return;
  try {
    request.done(AggregatorRegistry.aggregate(request.responses).metrics());
  } catch (error) {
    request.done(error as Error);
  }
}

async function answer(requestId: number): Promise<void> {
  try {
    const metrics = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
    process.send?.({ type: RESPONSE, requestId, metrics });
  } catch (error) {
    process.send?.({
      type: RESPONSE,
      requestId,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
