import type { DataPoint, MetricData, ResourceMetrics, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { countPoints } from './count-points.ts';
import { doubtfulNames } from './doubtful-names.ts';
import type { Answer, Refused } from './forwarder.ts';

/** Maximum number of requests of one search. */
const MAX_REQUESTS = 64;
/** Requests of one search before the receiver must have accepted a first one: enough to halve 2,000 parts. */
const MAX_REQUESTS_WITHOUT_SUCCESS = 12;
/** Maximum number of parts that pitot leaves out. */
const MAX_PARTS = 1000;
/** The receiver may have been mended: after this time it gets everything again. */
const LEFT_OUT_MS = 3_600_000;

/** Values of `error.type` with which a receiver says that it took nothing of the request, because of its content. */
const NOTHING_TAKEN: ReadonlySet<string> = new Set(['400', '422', 'INVALID_ARGUMENT']);
/** The same, without a promise that the receiver took nothing. Prometheus answers 500. */
const CONTENT_ERRORS: ReadonlySet<string> = new Set([...NOTHING_TAKEN, '500', 'INTERNAL', 'UNKNOWN']);

/** The data points of one metric that have the same attribute keys. */
interface Part {
  /** The same in every export. */
  readonly key: string;
  readonly scope: ScopeMetrics;
  readonly metric: MetricData;
  readonly dataPoints: readonly DataPoint<unknown>[];
}

/** The outcome of a search. */
interface Found {
  /** Data points that the receiver has not accepted. */
  readonly refused: number;
}

/** Whether a failure may be due to a part of the request, and smaller requests do no harm. */
export function isSearchable({ errorType }: Refused, isDelta: boolean): boolean {
  return (isDelta ? NOTHING_TAKEN : CONTENT_ERRORS).has(errorType);
}

/**
 * Finds the parts for which a receiver refuses whole requests, and leaves them out of later ones. Otherwise one
 * attribute key that a receiver cannot take would keep all metrics from it for ever.
 */
export class RefusedParts {
  private readonly target: string;
  /** When each part was left out (milliseconds of the monotonic clock). */
  private readonly leftOut = new Map<string, number>();
  private readonly told = new Set<string>();
  /** The last search found nothing: the reason is not in a part. */
  private isHopeless = false;

  constructor(target: string) {
    this.target = target;
  }

  /** The receiver accepted a request. */
  accepted(): void {
    this.isHopeless = false;
  }

  /** Metrics without the parts that the receiver refused, and how many data points these parts have. */
  without(metrics: ResourceMetrics): { readonly kept: ResourceMetrics; readonly leftOut: number } {
    for (const [key, time] of this.leftOut) {
      if (performance.now() - time > LEFT_OUT_MS) this.leftOut.delete(key);
    }
    if (this.leftOut.size === 0) return { kept: metrics, leftOut: 0 };
    const parts = partsOf(metrics).filter(({ key }) => !this.leftOut.has(key));
    const kept = joined(metrics, parts);
    return { kept, leftOut: countPoints(metrics) - countPoints(kept) };
  }

  /**
   * Sends the metrics of a refused request in smaller requests, and halves those that are refused.
   *
   * @param attempt sends a request once
   * @returns `undefined` if the receiver accepted none of them
   */
  async search(
    metrics: ResourceMetrics,
    isDelta: boolean,
    attempt: (metrics: ResourceMetrics) => Promise<Answer>,
  ): Promise<Found | undefined> {
    const parts = partsOf(metrics);
    if (this.isHopeless || parts.length < 2) return undefined;
    const waiting = firstGroups(parts);
    const culprits: { part: Part; reason: string }[] = [];
    let accepted = 0;
    for (let sent = 0; sent < MAX_REQUESTS; sent++) {
      if (accepted === 0 && sent >= MAX_REQUESTS_WITHOUT_SUCCESS) break;
      const group = waiting.shift();
      if (group === undefined) break;
      const request = joined(metrics, group);
      const answer = await attempt(request);
      const [first] = group;
      if (answer.outcome === 'retryable') break;
      if (answer.outcome === 'refused' && !isSearchable(answer, isDelta)) break;
      if (answer.outcome === 'accepted') accepted += countPoints(request) - answer.rejected;
      else if (group.length > 1) waiting.push(...halves(group));
      else if (first !== undefined) culprits.push({ part: first, reason: answer.reason });
    }
    this.isHopeless = accepted === 0;
    if (this.isHopeless) return undefined;
    for (const { part, reason } of culprits) this.leaveOut(part, reason);
    return { refused: countPoints(metrics) - accepted };
  }

  private leaveOut(part: Part, reason: string): void {
    if (this.leftOut.size >= MAX_PARTS) return;
    this.leftOut.set(part.key, performance.now());
    if (this.told.has(part.key) || this.told.size >= MAX_PARTS) return;
    this.told.add(part.key);
    diag.warn(
      `${this.target} refuses every request with ${describe(part)}: ${reason}. pitot leaves these data points ` +
        'out, tries them again once an hour, and sends everything else. Rename what the receiver cannot take, or drop ' +
        'it by a view. This is said once.',
    );
  }
}

/** Parts with doubtful names apart from the others: most searches end with these two groups. */
function firstGroups(parts: readonly Part[]): (readonly Part[])[] {
  const doubtful = new Set(parts.filter((part) => namesOf(part).length > 0));
  if (doubtful.size === 0 || doubtful.size === parts.length) return halves(parts);
  return [parts.filter((part) => !doubtful.has(part)), [...doubtful]];
}

function halves(parts: readonly Part[]): (readonly Part[])[] {
  const middle = Math.ceil(parts.length / 2);
  return [parts.slice(0, middle), parts.slice(middle)].filter(({ length }) => length > 0);
}

function partsOf({ scopeMetrics }: ResourceMetrics): readonly Part[] {
  return scopeMetrics.flatMap((scope) =>
    scope.metrics.flatMap((metric) => {
      const byKeys = new Map<string, DataPoint<unknown>[]>();
      for (const point of metric.dataPoints) {
        const keys = JSON.stringify(Object.keys(point.attributes).sort());
        const known = byKeys.get(keys);
        if (known === undefined) byKeys.set(keys, [point]);
        else known.push(point);
      }
      return [...byKeys].map(([keys, dataPoints]) => ({
        key: JSON.stringify([scope.scope.name, metric.descriptor.name, keys]),
        scope,
        metric,
        dataPoints,
      }));
    }),
  );
}

/** The metrics with these parts only, each scope and metric once. */
function joined(metrics: ResourceMetrics, parts: readonly Part[]): ResourceMetrics {
  const scopes = new Map<ScopeMetrics, Map<MetricData, DataPoint<unknown>[]>>();
  for (const { scope, metric, dataPoints } of parts) {
    const ofScope = scopes.get(scope) ?? new Map<MetricData, DataPoint<unknown>[]>();
    scopes.set(scope, ofScope);
    ofScope.set(metric, [...(ofScope.get(metric) ?? []), ...dataPoints]);
  }
  const scopeMetrics = [...scopes].map(([scope, ofScope]) => ({
    ...scope,
    metrics: [...ofScope].map(([metric, dataPoints]) => ({ ...metric, dataPoints }) as MetricData),
  }));
  return { ...metrics, scopeMetrics };
}

/** The names that the receiver may have refused, or else the metric with its keys. */
function describe(part: Part): string {
  const doubtful = namesOf(part);
  if (doubtful.length > 0) return doubtful.join(', ');
  const keys = Object.keys(part.dataPoints[0]?.attributes ?? {}).map((key) => JSON.stringify(key));
  const attributes = keys.length === 0 ? '' : ` with the attributes ${keys.join(', ')}`;
  return `metric ${JSON.stringify(part.metric.descriptor.name)}${attributes}`;
}

function namesOf({ scope, metric, dataPoints }: Part): readonly string[] {
  const only = { ...metric, dataPoints } as MetricData;
  return doubtfulNames({ resource: { attributes: {} }, scopeMetrics: [{ ...scope, metrics: [only] }] });
}
