import { writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { ExportResultCode } from '@opentelemetry/core';
import { ConsoleMetricExporter, type PushMetricExporter } from '@opentelemetry/sdk-metrics';

const STANDARD_OUTPUT = 1;
/** How long to wait before writing again to a pipe that is full, in milliseconds. */
const FULL_PIPE_PAUSE = 5;

/**
 * The SDK's console exporter, writing to standard output by itself. `console` in a worker goes through the
 * application's thread: what it prints is late while that thread is blocked, and lost while that thread
 * waits for the hub in its exit handler.
 */
export class ConsoleForwarder extends ConsoleMetricExporter {
  readonly #timeout: number;

  /** @param timeout longest time to write one export, in milliseconds */
  constructor(timeout: number) {
    super();
    this.#timeout = timeout;
  }

  override export(...[metrics, done]: Parameters<PushMetricExporter['export']>): void {
    if (this._shutdown) {
      done({ code: ExportResultCode.FAILED });
      return;
    }
    const lines = metrics.scopeMetrics
      .flatMap((scope) => scope.metrics)
      .map(({ descriptor, dataPointType, dataPoints }) =>
        inspect({ descriptor, dataPointType, dataPoints }, { depth: null }),
      );
    write(Buffer.from(lines.map((line) => `${line}\n`).join('')), Date.now() + this.#timeout).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: Error) => done({ code: ExportResultCode.FAILED, error }),
    );
  }
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
