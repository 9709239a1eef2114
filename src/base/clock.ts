/*
 * The monotonic clock, which all threads share, as it is when pitot is loaded. A test with fake timers
 * (`sinon.useFakeTimers()`) replaces `process.hrtime`, which `performance.now()` and `performance.eventLoopUtilization()`
 * read too: a wait for the hub would have no end, and a heartbeat would look like a stall.
 */

/** Nanoseconds. */
export const { bigint: nanoseconds } = process.hrtime;

/** Milliseconds. */
export const milliseconds = (): number => Number(nanoseconds()) / 1e6;
