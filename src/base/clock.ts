/*
 * The monotonic clock as it is at the start. A test with a clock of its own (`sinon.useFakeTimers()`) replaces these
 * functions: a wait for the hub would have no end, and a heartbeat would look like a stall.
 */

/** Nanoseconds. */
export const { bigint: nanoseconds } = process.hrtime;

const { now } = performance;

/** Milliseconds. */
export const milliseconds = (): number => now.call(performance);
