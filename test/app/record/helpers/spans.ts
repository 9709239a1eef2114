import type { TestContext } from 'node:test';
import { type Context, ProxyTracerProvider, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';

/** Registers a tracer provider with the API while a test runs; its spans are the test's own, see {@link inSpan}. */
export function registerTracer(t: TestContext): void {
  trace.setGlobalTracerProvider(new ProxyTracerProvider());
  t.after(() => trace.disable());
}

/** A context in which a span is active whose ids end with the digits of `n`. */
export function inSpan(n: number, traceFlags = TraceFlags.SAMPLED): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId: traceIdOf(n), spanId: spanIdOf(n), traceFlags });
}

export function traceIdOf(n: number): string {
  return `f${n.toString(16).padStart(31, '0')}`;
}

export function spanIdOf(n: number): string {
  return `e${n.toString(16).padStart(15, '0')}`;
}
