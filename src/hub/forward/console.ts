import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { reasonOf } from '../../base/reason.ts';
import type { Answer, Component, Forwarder } from './forwarder.ts';

const STANDARD_OUTPUT = 1;
/** The pause before writing again to a full pipe. */
const FULL_PIPE_PAUSE_MS = 5;

/**
 * The output of the SDK's console exporter, written directly to standard output. `console` in a worker goes
 * through the application's thread. Its output is late while that thread is blocked, and lost while that
 * thread waits for the hub in its exit handler.
 */
export class ConsoleForwarder implements Forwarder {
  readonly target = 'standard output';
  readonly component: Component = { type: 'ConsoleMetricExporter', expectedErrors: [] };
  readonly selectTemporality = () => AggregationTemporality.CUMULATIVE;

  encode({ scopeMetrics }: ResourceMetrics): Uint8Array {
    const lines = scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .map(({ descriptor, dataPointType, dataPoints }) =>
        inspect({ descriptor, dataPointType, dataPoints }, { depth: null }),
      );
    return Buffer.from(lines.map((line) => `${line}\n`).join(''));
  }

  /** Does not retry, because a retry would repeat the part that was written. */
  async attempt(text: Uint8Array, timeout: number): Promise<Answer> {
    try {
      await write(text, performance.now() + timeout);
      return { outcome: 'accepted', rejected: 0, message: '' };
    } catch (error) {
      const errorType = error instanceof Error && 'code' in error ? String(error.code) : '_OTHER';
      return {
        outcome: 'refused',
        errorType,
        reason: reasonOf(error),
      };
    }
  }
}

/** Rejects if standard output fails, or stays full until the deadline (`performance.now()`). */
async function write(bytes: Uint8Array, deadline: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STANDARD_OUTPUT, bytes, written);
    } catch (error) {
      const full = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!full || performance.now() >= deadline) throw error;
      await setTimeout(FULL_PIPE_PAUSE_MS);
    }
  }
}
