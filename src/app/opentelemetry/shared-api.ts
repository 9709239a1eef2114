import {
  type Context,
  type ContextManager,
  createContextKey,
  createNoopMeter,
  type MeterProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';

/**
 * The object that all copies of `@opentelemetry/api` 1.x in a thread share: what is registered, and the version of the copy
 * that registered first. (`internal/global-utils` of the API, the same from 1.4 to 1.10) A copy reads from it unless its
 * own minor version is later, and registers in it only if it has the very same version.
 *
 * pitot reads and writes this object itself and so works beside every copy. It uses only types and pure values of the
 * API's package: the build fails if the part that reads this object gets into the bundle.
 */
export interface SharedApi {
  version: string;
  metrics?: MeterProvider;
  readonly trace?: object;
  context?: ContextManager;
  readonly propagation?: object;
  readonly diag?: object;
  readonly logs?: object;
}

export const SHARED_API = Symbol.for('opentelemetry.js.api.1');
export const globalWithApi = globalThis as { [SHARED_API]?: SharedApi };

const NOOP_METER_PROVIDER: MeterProvider = { getMeter: createNoopMeter };
/** `createContextKey` answers every copy of the API with the same symbol. (`trace/context-utils`) */
const SPAN = createContextKey('OpenTelemetry Context Key SPAN');

/** The registered MeterProvider, else one whose instruments record nothing. */
export function globalMeterProvider(): MeterProvider {
  return globalWithApi[SHARED_API]?.metrics ?? NOOP_METER_PROVIDER;
}

/** Whether a tracer provider is registered. */
export function hasTracer(): boolean {
  return globalWithApi[SHARED_API]?.trace !== undefined;
}

export function activeContext(): Context {
  return globalWithApi[SHARED_API]?.context?.active() ?? ROOT_CONTEXT;
}

/** The ids and flags of the span that is active in a context. */
export function spanContextIn(context: Context): SpanContext | undefined {
  return (context.getValue(SPAN) as Span | undefined)?.spanContext();
}
