import { isObject } from '../../base/is-object.ts';
import { isThenable } from '../../base/is-thenable.ts';
import { safely } from '../../base/safely.ts';
import { replaceMethod } from '../patching/replace-method.ts';
import { followIterator } from './llm-chunks.ts';
import { OperationScope } from './llm-operation.ts';
import { providerAt } from './llm-providers.ts';
import { noteResponse } from './llm-responses.ts';

/** The used part of a client of the package `openai`, 4 and later. Missing resources are skipped. */
export interface OpenAiLike {
  readonly baseURL: string;
  readonly chat: { readonly completions: object };
}

/** How `llm.openai` names the operations of a client. */
export interface OpenAiOptions {
  /** `gen_ai.provider.name`. By default the client's URL decides; `openai` for an unknown host. */
  readonly provider?: string | undefined;
}

const RESOURCES: readonly [path: readonly string[], operation: string][] = [
  [['chat', 'completions'], 'chat'],
  [['responses'], 'chat'],
  [['completions'], 'text_completion'],
  [['embeddings'], 'embeddings'],
];

const measured = new WeakSet<object>();

/**
 * See `llm.openai`. Every call of these four resources goes through `create`. Its promise reads the response
 * once, when the caller asks for it in one of several ways. So pitot never asks; it follows the client's own
 * steps.
 */
export function instrumentOpenAi<Client extends OpenAiLike>(client: Client, options?: OpenAiOptions): Client {
  safely('llm.openai', () => {
    if (!isObject(client) || typeof client.baseURL !== 'string') {
      throw new TypeError('expected a client of the package openai');
    }
    if (measured.has(client)) return;
    const provider = options?.provider ?? providerAt(client.baseURL) ?? 'openai';
    for (const [path, operation] of RESOURCES) {
      const resource = path.reduce(get, client);
      if (!isObject(resource)) continue;
      const start = (body: unknown) =>
        new OperationScope({ provider, operation, server: client.baseURL, ...modelOf(body) });
      replaceMethod(resource, 'create', (original) => {
        return function create(this: unknown, ...args: unknown[]) {
          return followCall(start(args[0]), () => Reflect.apply(original, this, args));
        };
      });
    }
    measured.add(client);
  });
  return client;
}

function followCall(operation: OperationScope, create: () => unknown): unknown {
  let result: unknown;
  try {
    result = create();
  } catch (error) {
    throw failed(operation, error);
  }
  const call = new Call(operation);
  if (isApiPromise(result)) {
    safely('llm.openai', () => call.follow(result));
    return result;
  }
  // Not the client's own promise: a test's replacement, or an unknown version.
  if (!isThenable(result)) return call.settle(result);
  return result.then(
    (value) => call.settle(value),
    (error) => {
      throw failed(operation, error);
    },
  );
}

/** One call of `create`. It has several promises; the first that reads the response counts. */
class Call {
  private readonly operation: OperationScope;
  private isRead = false;

  constructor(operation: OperationScope) {
    this.operation = operation;
  }

  follow(promise: ApiPromise): void {
    const { operation } = this;
    const { responsePromise } = promise;
    let followed: Promise<unknown> | undefined;
    // Followed only when it is read, so that a rejection without a reader stays an unhandled one.
    Object.defineProperty(promise, 'responsePromise', {
      configurable: true,
      enumerable: true,
      get: () => {
        followed ??= responsePromise.catch((error: unknown) => {
          throw failed(operation, error);
        });
        return followed;
      },
    });

    const { parseResponse } = promise;
    promise.parseResponse = async (...args) => {
      const isFirst = !this.isRead;
      this.isRead = true;
      try {
        const parsed = await Reflect.apply(parseResponse, promise, args);
        return isFirst ? this.settle(parsed) : parsed;
      } catch (error) {
        throw failed(operation, error);
      }
    };

    replaceMethod(promise, 'asResponse', (original) => async () => {
      const response = await Reflect.apply(original, promise, []);
      // The caller reads the raw response itself, which pitot does not see.
      if (!this.isRead) operation.end();
      return response;
    });
    replaceMethod(promise, '_thenUnwrap', (original) => (...args) => {
      const unwrapped = Reflect.apply(original, promise, args);
      if (isApiPromise(unwrapped)) safely('llm.openai', () => this.follow(unwrapped));
      return unwrapped;
    });
  }

  /** Ends the operation with its response, or with the last chunk of it. Returns the response. */
  settle(response: unknown): unknown {
    const { operation } = this;
    safely('llm.openai', () => {
      const chunks = chunksOf(response);
      if (isObject(response) && chunks !== undefined) {
        replaceMethod(response, chunks, (original) => () => {
          return followIterator(Reflect.apply(original, response, []) as AsyncIterator<unknown>, {
            onChunk(chunk) {
              noteResponse(operation, chunk);
              operation.chunk();
            },
            onEnd(failure) {
              if (failure !== undefined) operation.fail(failure.error);
              operation.end();
            },
          });
        });
      } else {
        noteResponse(operation, response);
        operation.end();
      }
    });
    return response;
  }
}

interface ApiPromise {
  responsePromise: Promise<unknown>;
  parseResponse: (...args: unknown[]) => unknown;
}

function isApiPromise(value: unknown): value is ApiPromise {
  if (!isObject(value) || !('responsePromise' in value) || !('parseResponse' in value)) return false;
  return isThenable(value.responsePromise) && typeof value.parseResponse === 'function';
}

/** The method that gives a stream's chunks. All readers of the client's own stream go through `iterator`. */
function chunksOf(response: unknown): string | symbol | undefined {
  return ['iterator', Symbol.asyncIterator].find(
    (key) => typeof Reflect.get(Object(response), key) === 'function',
  );
}

function failed(operation: OperationScope, error: unknown): unknown {
  operation.fail(error);
  operation.end();
  return error;
}

function modelOf(body: unknown): { model?: string } {
  const model = get(body, 'model');
  return typeof model === 'string' ? { model } : {};
}

function get(value: unknown, key: string): unknown {
  return isObject(value) ? Reflect.get(value, key) : undefined;
}
