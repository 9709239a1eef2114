import type { ServerResponse } from 'node:http';
import type { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Chunks } from './formats/format.ts';

/** A body of which the first chunk is there. */
export interface Body {
  readonly first: IteratorResult<Uint8Array, void>;
  readonly rest: Chunks;
}

/**
 * Sends the body, compressed if there is a compressor. One chunk is on its way at a time, so that a client
 * that reads slowly holds no more than that, and after each others have a turn of the event loop. Rejects
 * when the signal is aborted or the body cannot be completed; the connection is closed then.
 *
 * @param sent called with the number of bytes that are handed on
 */
export async function writeBody(
  body: Body,
  response: ServerResponse,
  {
    compressor,
    signal,
    sent,
  }: {
    readonly compressor: Transform | undefined;
    readonly signal: AbortSignal;
    readonly sent: (bytes: number) => void;
  },
): Promise<void> {
  if (compressor === undefined) {
    await writeAll(body, response, signal, sent);
    return;
  }
  async function* counted(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of compressed) {
      sent(chunk.length);
      yield chunk;
    }
  }
  const passed = pipeline(compressor, counted, response, { signal });
  await Promise.all([passed, writeAll(body, compressor, signal, () => {})]);
}

async function writeAll(
  { first, rest }: Body,
  out: Writable,
  signal: AbortSignal,
  sent: (bytes: number) => void,
): Promise<void> {
  const aborted = rejectionOf(signal);
  try {
    for (let next = first; !next.done; next = rest.next()) {
      const { value: chunk } = next;
      if (chunk.length > 0) {
        await Promise.race([written(out, chunk), aborted]);
        sent(chunk.length);
      }
      await setImmediate();
    }
  } catch (error) {
    out.destroy(error instanceof Error ? error : undefined);
    throw error;
  }
  out.end();
}

/** Resolves when the chunk is not needed any more. */
function written(out: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** Never resolves. A connection that is closed need not tell those who write to it. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  rejection.catch(() => {});
  return rejection;
}
