import { safely } from '../../base/safely.ts';

export interface ChunkListener<Chunk> {
  onChunk(chunk: Chunk): void;
  /** The stream ended, or its reader stopped; called once, with the error if one ended the stream. */
  onEnd(failure?: { readonly error: unknown }): void;
}

/** The same chunks. The listener gets each one before the reader does. */
export function followChunks<Chunk>(
  chunks: AsyncIterable<Chunk>,
  listener: ChunkListener<Chunk>,
): AsyncIterable<Chunk> {
  return {
    [Symbol.asyncIterator]: () => followIterator(chunks[Symbol.asyncIterator](), listener),
  };
}

export function followIterator<Chunk>(
  iterator: AsyncIterator<Chunk>,
  { onChunk, onEnd }: ChunkListener<Chunk>,
): AsyncIterableIterator<Chunk> {
  let hasEnded = false;
  const end = (failure?: { readonly error: unknown }) => {
    if (hasEnded) return;
    hasEnded = true;
    safely('the end of a stream', () => onEnd(failure));
  };
  const settle = async (step: () => Promise<IteratorResult<Chunk>>) => {
    try {
      const result = await step();
      if (result.done === true) end();
      else safely('a chunk', () => onChunk(result.value));
      return result;
    } catch (error) {
      end({ error });
      throw error;
    }
  };
  return {
    next: (...args) => settle(() => iterator.next(...args)),
    // A reader that stops ends the stream, whatever the iterator does with the call.
    return: async (value) => {
      end();
      return (await iterator.return?.(value)) ?? { done: true, value };
    },
    throw: async (error) => {
      end({ error });
      if (iterator.throw === undefined) throw error;
      return iterator.throw(error);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
