import { followIterator } from './llm-chunks.ts';
import { type LlmFetchOptions, measuredFetch } from './llm-fetch.ts';
import { instrumentOpenAi, type OpenAiLike, type OpenAiOptions } from './llm-openai.ts';
import {
  type LlmOperation,
  type LlmOperationOptions,
  OperationScope,
  type TokenUsage,
} from './llm-operation.ts';
import { type Timed, timed } from './timed.ts';

export type { LlmFetchOptions, LlmOperation, LlmOperationOptions, OpenAiLike, OpenAiOptions, TokenUsage };

/** A stream, a promise of one, or a function that begins one. */
export type LlmSource<Chunk> =
  | AsyncIterable<Chunk>
  | PromiseLike<AsyncIterable<Chunk>>
  | (() => AsyncIterable<Chunk> | PromiseLike<AsyncIterable<Chunk>>);

/** Which operation a stream is, and a callback for its chunks. */
export type LlmStreamOptions<Chunk> = LlmOperationOptions & {
  /** Told of every chunk before the reader is, to note what the chunk says of the operation. */
  readonly onChunk?: ((chunk: Chunk, operation: LlmOperation) => void) | undefined;
};

/**
 * Metrics of language models that a service asks, by the semantic conventions for generative AI client
 * metrics (1.41.1, docs/gen-ai/gen-ai-metrics.md, the last release with them), with the attributes of
 * {@link LlmOperationOptions}. The first four also have `gen_ai.response.model`, `server.address` and
 * `server.port` where they are known.
 *
 * - `gen_ai.client.operation.duration` (histogram, s): with `error.type` for an operation that failed. That
 *   of a stream is over with its last chunk.
 * - `gen_ai.client.token.usage` (histogram, {token}): by `gen_ai.token.type`, `input` or `output`, of the
 *   operations that told it.
 * - `gen_ai.client.operation.time_to_first_chunk` (histogram, s): of streams, from the request.
 * - `gen_ai.client.operation.time_per_output_chunk` (histogram, s): of each chunk after the first, from the
 *   one before.
 * - `llm.responses` (counter, {response}): by `llm.finish_reason`. The conventions have none.
 * - `llm.operation.active` (up-down counter, {operation}): operations under way. The conventions have none.
 */
export interface Llm {
  /**
   * Times one operation.
   *
   * ```ts
   * const answer = await llm.operation({ provider: 'openai', model: 'gpt-5' }, async (operation) => {
   *   const answer = await ask(question);
   *   operation.tokens({ input: answer.usage.input, output: answer.usage.output });
   *   operation.finish(answer.reason);
   *   return answer.text;
   * });
   * ```
   */
  readonly operation: Timed<LlmOperationOptions, LlmOperation>;
  /**
   * Returns the same chunks and times them as one operation. It begins when the reader asks for the first chunk, and
   * ends with the last one, with an error, or when the reader leaves. Pass a function that makes the request, so that
   * the operation begins with the request.
   *
   * ```ts
   * for await (const chunk of llm.stream({ provider: 'mistral_ai', model }, () => client.chat.stream(request))) {
   *   response.write(chunk.text);
   * }
   * ```
   */
  stream<Chunk>(options: LlmStreamOptions<Chunk>, source: LlmSource<Chunk>): AsyncIterable<Chunk>;
  /**
   * Measures a client of the package `openai`: chat completions, responses, completions and embeddings,
   * streamed or not, retries of one call together. Tokens of a streamed chat completion are told by the API
   * only with `stream_options: { include_usage: true }`. Returns the client; others that are made from it,
   * by `withOptions`, are not measured.
   *
   * ```ts
   * const openai = llm.openai(new OpenAI());
   * ```
   */
  openai<Client extends OpenAiLike>(client: Client, options?: OpenAiOptions): Client;
  /**
   * A `fetch` that measures the requests whose path is one of the known APIs': OpenAI's, which many
   * providers have taken over, and Anthropic's messages. Each request is an operation, also one that is
   * tried again. For a client that takes a `fetch`, or for none.
   *
   * ```ts
   * const anthropic = new Anthropic({ fetch: llm.fetch() });
   * ```
   */
  fetch(options?: LlmFetchOptions): typeof globalThis.fetch;
}

/** Measures requests to language models: see {@link Llm}. */
export const llm: Llm = {
  operation: timed('llm.operation', (options) => new OperationScope(options)),
  stream,
  openai: instrumentOpenAi,
  fetch: measuredFetch,
};

function stream<Chunk>(options: LlmStreamOptions<Chunk>, source: LlmSource<Chunk>): AsyncIterable<Chunk> {
  return {
    [Symbol.asyncIterator]() {
      const operation = new OperationScope(options ?? {});
      return followIterator(chunksOf(source), {
        onChunk(chunk) {
          operation.chunk();
          options?.onChunk?.(chunk, operation);
        },
        onEnd(failure) {
          if (failure !== undefined) operation.fail(failure.error);
          operation.end();
        },
      });
    },
  };
}

async function* chunksOf<Chunk>(source: LlmSource<Chunk>): AsyncGenerator<Chunk> {
  yield* await (typeof source === 'function' ? source() : source);
}
