import type { ServerResponse } from 'node:http';
import { safely } from '../../../base/safely.ts';
import { activeContext } from '../../opentelemetry/shared-api.ts';

/**
 * The key under which OpenTelemetry's instrumentations keep the route of a request in its context
 * (`@opentelemetry/core`, `setRPCMetadata`). Context keys with the same description are equal.
 */
const RPC_METADATA = Symbol.for('OpenTelemetry SDK Context Key RPC_METADATA');

/**
 * Gives the route of a request to the official instrumentation that records it, if it knows none: its instrumentation
 * of the framework may be missing, or have missed the loading of an ES module. Its spans get the route too.
 *
 * Call it when the response has finished. The official instrumentation reads the route when the response closes, in
 * the context of the request, to which it has bound the listeners of the response.
 */
export function shareRoute(response: ServerResponse, route: string): void {
  response.prependListener('close', () => {
    safely('the route of an HTTP request', () => {
      const metadata = activeContext().getValue(RPC_METADATA);
      if (isMetadata(metadata)) metadata.route ??= route;
    });
  });
}

function isMetadata(value: unknown): value is { route?: string } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'http';
}
