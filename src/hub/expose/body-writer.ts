import type { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import type { Chunks } from './formats/format.ts';

/** A body whose first chunk is ready. */
export interface Body {
  readonly first: IteratorResult<Uint8Array, void>;
  readonly rest: Chunks;
}

/**
 * Sends the body, compressed if there is a compressor. It has one chunk in flight at a time, so that a slow
 * client holds no more memory than that, and yields to the event loop after each chunk. Rejects, and closes
 * the connection, if the signal is aborted or the body cannot be completed.
 *
 * @param sent receives the number of bytes that were passed on
 */
export async function writeBody(
  body: Body,
  response: Writable,
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

/** Resolves when the chunk's memory can be reused. */
function written(out: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    out.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** Only ever rejects. It is needed because a closed connection may never call back its writers. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  rejection.catch(() => {});
  return rejection;
}
