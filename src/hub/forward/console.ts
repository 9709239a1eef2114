import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { AggregationTemporality, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { reasonOf } from '../../base/reason.ts';
import type { Answer, Component, Forwarder } from './forwarder.ts';

const STANDARD_OUTPUT = 1;
/** How long to wait before writing again to a pipe that is full, in milliseconds. */
const FULL_PIPE_PAUSE = 5;

/**
 * What the SDK's console exporter prints, written to standard output by itself. `console` in a worker goes
 * through the application's thread: what it prints is late while that thread is blocked, and lost while that
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

  /** What has been written in part is not written again. */
  async attempt(text: Uint8Array, timeout: number): Promise<Answer> {
    try {
      await write(text, Date.now() + timeout);
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

  close(): void {}
}

/** Rejects when standard output cannot be written to, or is full until the deadline (milliseconds since the epoch). */
async function write(bytes: Uint8Array, deadline: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STANDARD_OUTPUT, bytes, written);
    } catch (error) {
      const full = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!full || Date.now() >= deadline) throw error;
      await setTimeout(FULL_PIPE_PAUSE);
    }
  }
}
