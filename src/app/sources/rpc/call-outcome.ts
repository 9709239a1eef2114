import { lazyBind } from '../../instruments/lazy-bind.ts';
import { rpcMetrics } from './rpc-metrics.ts';

/** What all calls of one method have in common. */
export interface CallAttributes {
  readonly 'rpc.system.name': string;
  readonly 'rpc.method': string;
  /** Of clients. */
  readonly 'server.address'?: string;
  readonly 'server.port'?: number;
}

/** Records a call that ended in one way. `startedAt` is in milliseconds on the clock of `performance.now()`. */
export type Outcome = (startedAt: number) => void;

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
  return (startedAt) => duration().record((performance.now() - startedAt) / 1000);
}
