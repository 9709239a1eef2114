import { format } from './format.ts';
import type { Point, ServiceState } from './wire.ts';

/*
 * The service-level objective that the page compares the last minute with, that of prometheus/rules/slo.yml: 99.9 % of
 * the requests do not fail, and 99 % take at most 0.5 s. A minute misses it when it uses up the budget of errors or of
 * slow requests 14.4 times as fast as allowed: the rate at which these rules page.
 */
const BURN_RATE = 14.4;
const MAX_FAILED = BURN_RATE * (1 - 0.999);
const MAX_SLOW = BURN_RATE * (1 - 0.99);
/** Seconds. */
export const SLOW_AFTER = 0.5;

const DETAIL =
  `Healthy: in the last minute, at most ${format(MAX_FAILED, 'ratio')} of the requests failed, ` +
  `and at most ${format(MAX_SLOW, 'ratio')} took more than ${format(SLOW_AFTER, 's')}.`;

export interface Observed {
  /** Why the application is not ready, or undefined when it is. */
  readonly notReady: string | undefined;
  /** Whether there were two samples, so that the last minute is known. */
  readonly isMeasured: boolean;
  /** Shares of the last minute's requests; null without requests. */
  readonly failed: Point;
  readonly slow: Point;
}

/** The state of a service: readiness first, then errors, then latency. */
export function serviceState({ notReady, isMeasured, failed, slow }: Observed): ServiceState {
  if (notReady !== undefined) return { level: 'bad', text: `Not ready: ${notReady}`, detail: DETAIL };
  if (!isMeasured) return { level: 'unknown', text: 'Measuring', detail: DETAIL };
  if ((failed ?? 0) > MAX_FAILED) {
    return { level: 'bad', text: `Failing: ${format(failed, 'ratio')} of requests`, detail: DETAIL };
  }
  if ((slow ?? 0) > MAX_SLOW) {
    const text = `Slow: ${format(slow, 'ratio')} of requests over ${format(SLOW_AFTER, 's')}`;
    return { level: 'warning', text, detail: DETAIL };
  }
  return { level: 'good', text: 'Healthy', detail: DETAIL };
}
