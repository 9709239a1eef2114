import { BoundedValues } from '../../base/bounded-values.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import type { BoundRecorder } from '../record/api.ts';
import { followChunks } from './llm-chunks.ts';
import { genAiMetrics, llmMetrics } from './llm-metrics.ts';
import { Scope } from './scope.ts';
import type { Measured } from './timed.ts';

/** Identifies an operation. Each option becomes an attribute; prompts and answers never do. */
export interface LlmOperationOptions {
  /** `gen_ai.provider.name`, one of the conventions' well-known names if there is one: `openai`, … */
  readonly provider: string;
  /** `gen_ai.request.model`: the requested model. */
  readonly model?: string | undefined;
  /** `gen_ai.operation.name`: `embeddings`, `text_completion`, …; `chat` by default. */
  readonly operation?: string | undefined;
  /** The URL of the provider's API, for `server.address` and `server.port`. */
  readonly server?: string | URL | undefined;
}

/** Tokens of the whole operation. Leave out unknown ones. */
export interface TokenUsage {
  /** Tokens of the input, cached ones included. */
  readonly input?: number | undefined;
  /** Tokens of the output, those of reasoning included. */
  readonly output?: number | undefined;
}

/** One timed operation of a language model. */
export interface LlmOperation extends Measured {
  /** Reports the tokens used, as the provider bills them. A later call corrects an earlier one. */
  tokens(usage: TokenUsage): void;
  /** A response ended for this reason, in the provider's words. Call it once for each response. */
  finish(reason: string): void;
  /** `gen_ai.response.model`: the model that answered, if the provider names it. */
  responseModel(name: string): void;
  /** A chunk of a streamed response has arrived. */
  chunk(): void;
  /** The same chunks; each counts when it arrives. The operation ends with its own scope. */
  stream<Chunk>(chunks: AsyncIterable<Chunk>): AsyncIterable<Chunk>;
}

const providers = new BoundedValues('gen_ai.provider.name', /^[a-z][a-z0-9_.-]{0,63}$/);
const operations = new BoundedValues('gen_ai.operation.name', /^[a-z][a-z0-9_.-]{0,63}$/);
const models = new BoundedValues('gen_ai.request.model', /^[\w.:/@+-]{1,128}$/);
const answering = new BoundedValues('gen_ai.response.model', /^[\w.:/@+-]{1,128}$/);
const reasons = new BoundedValues('llm.finish_reason', /^[A-Za-z][\w.-]{0,63}$/);
const servers = new BoundedValues('server.address', /^[\w.:[\]-]{1,253}$/);

export class OperationScope extends Scope implements LlmOperation {
  private readonly state;
  private readonly usage: { input?: number; output?: number } = {};
  private readonly finished = new Map<unknown, string>();
  private model: { 'gen_ai.response.model'?: string } = {};
  private chunkAt: number | undefined;
  private perChunk: BoundRecorder | undefined;

  constructor(options: Partial<LlmOperationOptions>) {
    super();
    this.state = safely('llm.operation', () => {
      const { provider, model, operation = 'chat', server } = options;
      const called = {
        'gen_ai.operation.name': operations.admit(operation),
        'gen_ai.provider.name': providers.admit(provider),
        ...(model !== undefined && { 'gen_ai.request.model': models.admit(model) }),
      };
      const { 'operation.active': active, responses } = llmMetrics;
      const host = serverOf(server);
      active.add(1, called);
      const answered = () => ({ ...called, ...this.model, ...host });
      return { metrics: { ...genAiMetrics }, active, responses, called, answered };
    });
  }

  tokens(usage: TokenUsage): void {
    safely('tokens()', () => {
      for (const type of ['input', 'output'] as const) {
        const count = usage[type];
        if (typeof count === 'number' && Number.isSafeInteger(count) && count >= 0) this.usage[type] = count;
        else if (count !== undefined) {
          warnOnce('tokens', `tokens() takes numbers of tokens and ignores ${String(count)}.`);
        }
      }
    });
  }

  /** @param choice identifies one of several responses, where the provider may repeat a reason */
  finish(reason: string, choice?: unknown): void {
    safely('finish()', () => {
      this.finished.set(choice ?? this.finished.size, reasons.admit(reason));
    });
  }

  responseModel(name: string): void {
    safely('responseModel()', () => {
      this.model = { 'gen_ai.response.model': answering.admit(name) };
    });
  }

  chunk(): void {
    safely('chunk()', () => {
      if (this.state === undefined || this.hasEnded) return;
      const { metrics, answered } = this.state;
      const now = performance.now();
      if (this.chunkAt === undefined) {
        const { 'operation.time_to_first_chunk': first } = metrics;
        first.record((now - this.startedAt) / 1000, answered());
      } else {
        this.perChunk ??= metrics['operation.time_per_output_chunk'].bind(answered());
        this.perChunk.record((now - this.chunkAt) / 1000);
      }
      this.chunkAt = now;
    });
  }

  stream<Chunk>(chunks: AsyncIterable<Chunk>): AsyncIterable<Chunk> {
    return followChunks(chunks, { onChunk: () => this.chunk(), onEnd: () => {} });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { metrics, active, responses, called } = this.state;
    const answered = this.state.answered();
    active.add(-1, called);
    metrics['operation.duration'].record(
      seconds,
      failure === undefined ? answered : { ...answered, 'error.type': failure },
    );
    for (const type of ['input', 'output'] as const) {
      const count = this.usage[type];
      if (count !== undefined)
        metrics['token.usage'].record(count, { ...answered, 'gen_ai.token.type': type });
    }
    for (const reason of this.finished.values()) responses.add(1, { ...called, 'llm.finish_reason': reason });
  }
}

/** A URL without a port has its scheme's default port. (URL standard, "default port") */
function serverOf(server: string | URL | undefined) {
  if (server === undefined || !URL.canParse(String(server))) return {};
  const { hostname, port, protocol } = new URL(server);
  return {
    'server.address': servers.admit(hostname),
    'server.port': port === '' ? (protocol === 'http:' ? 80 : 443) : Number(port),
  };
}
