import { lazyBind } from '../../instruments/lazy-bind.ts';
import { rpcMetrics } from './rpc-metrics.ts';

/** The server that a client was told to call. */
export interface ServerAttributes {
  readonly 'server.address'?: string;
  readonly 'server.port'?: number;
}

/** The common attributes of all calls of one method. Only clients have those of the server. */
export interface CallAttributes extends ServerAttributes {
  readonly 'rpc.system.name': string;
  readonly 'rpc.method': string;
}

/** Records the duration, in seconds, of a call that ended in one way. */
export type Outcome = (seconds: number) => void;

/** Since a time in milliseconds on the clock of `performance.now()`. */
export function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

/**
 * @param statusCode `rpc.status_code`; undefined if the call ended without one
 * @param error `error.type`; undefined if the call succeeded
 */
export function callOutcome(
  side: 'client' | 'server',
  call: CallAttributes,
  statusCode: string | undefined,
  error: string | undefined,
): Outcome {
  const duration = lazyBind(() => rpcMetrics[`${side}.call.duration`], {
    ...call,
    ...(statusCode !== undefined && { 'rpc.status_code': statusCode }),
    ...(error !== undefined && { 'error.type': error }),
  });
  return (seconds) => duration().record(seconds);
}
