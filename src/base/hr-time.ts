import type { HrTime } from '@opentelemetry/api';

/** Whether `a` is before `b`. */
export function isEarlier(a: HrTime, b: HrTime): boolean {
  return compareTimes(a, b) < 0;
}

/** For `sort`: below 0 when `a` is before `b`. */
export function compareTimes(a: HrTime, b: HrTime): number {
  return a[0] - b[0] || a[1] - b[1];
}
