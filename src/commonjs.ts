/** All doors in one module, from which the build makes a CommonJS file; see build/doors.ts. */
export * as index from './index.ts';
export * as instruments from './instruments.ts';
export { default as promClient } from './prom-client.ts';
export * as testing from './testing.ts';
