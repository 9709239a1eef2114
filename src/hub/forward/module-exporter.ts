import { deserialize, serialize } from 'node:v8';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type {
  AggregationTemporalitySelector,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { reasonOf } from '../../base/reason.ts';
import type { Answer, Component, Forwarder } from './forwarder.ts';
import { settled, within } from './within.ts';

/** Codes of errors after which the receiver has nothing, or asks for the same request again. */
const RETRYABLE: ReadonlySet<unknown> = new Set([
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
  // OTLP specification, "Retryable Response Codes"; gRPC's UNAVAILABLE.
  ...[429, 502, 503, 504, 14],
]);

export interface ModuleExporterOptions {
  readonly exporter: PushMetricExporter;
  readonly target: string;
  readonly resource: Resource;
  readonly selectTemporality: AggregationTemporalitySelector;
}

/**
 * An exporter of another package. It gets copies of the metrics, so that it cannot change those of others, and one
 * export at a time. (Metrics SDK specification, "Push Metric Exporter", "Export(batch)")
 */
export class ModuleExporter implements Forwarder {
  readonly target;
  readonly component: Component;
  readonly selectTemporality;
  private readonly exporter: PushMetricExporter;
  private readonly resource: Resource;
  /** An export whose outcome was not told yet. */
  private ongoing: { readonly request: Uint8Array; readonly answer: Promise<Answer> } | undefined;

  constructor({ exporter, target, resource, selectTemporality }: ModuleExporterOptions) {
    this.exporter = exporter;
    this.target = target;
    this.resource = resource;
    this.selectTemporality = selectTemporality;
    this.component = { type: exporter.constructor.name, expectedErrors: ['timeout', '_OTHER'] };
  }

  encode({ scopeMetrics }: ResourceMetrics): Uint8Array {
    return serialize(scopeMetrics);
  }

  async attempt(request: Uint8Array, timeout: number): Promise<Answer> {
    const late: Answer = {
      outcome: 'retryable',
      errorType: 'timeout',
      reason: `it did not call back within ${timeout} ms`,
    };
    const deadline = performance.now() + timeout;
    if (this.ongoing !== undefined && this.ongoing.request !== request) {
      if ((await within(this.ongoing.answer, timeout)) === undefined) return late;
      this.ongoing = undefined;
    }
    this.ongoing ??= { request, answer: this.export(request) };
    const answer = await within(this.ongoing.answer, Math.max(1, deadline - performance.now()));
    if (answer !== undefined) this.ongoing = undefined;
    return answer ?? late;
  }

  flush(timeout: number): Promise<void> {
    return settled(`${this.target}: its forceFlush()`, () => this.exporter.forceFlush(), timeout);
  }

  /** (Metrics SDK specification, "Push Metric Exporter", "Shutdown()") */
  shutdown(timeout: number): Promise<void> {
    return settled(`${this.target}: its shutdown()`, () => this.exporter.shutdown(), timeout);
  }

  private async export(request: Uint8Array): Promise<Answer> {
    try {
      const { promise, resolve, reject } = Promise.withResolvers<ExportResult>();
      const metrics: ResourceMetrics = { resource: this.resource, scopeMetrics: deserialize(request) };
      const returned: unknown = this.exporter.export(metrics, resolve);
      // The interface returns nothing, but an `async` method is allowed, and rejects when it throws.
      if (returned instanceof Promise) returned.catch(reject);
      const { code, error } = await promise;
      if (code === ExportResultCode.SUCCESS) return { outcome: 'accepted', rejected: 0, message: '' };
      return failure(error ?? new Error('it failed without an error'));
    } catch (error) {
      return failure(error);
    }
  }
}

/** An exporter retries by itself. A failure is final unless its code says otherwise. */
function failure(error: unknown): Answer {
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined);
  const errorType = code === undefined ? '_OTHER' : String(code);
  return { outcome: RETRYABLE.has(code) ? 'retryable' : 'refused', errorType, reason: reasonOf(error) };
}

function codeOf(error: unknown): string | number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' || typeof error.code === 'number' ? error.code : undefined;
}
