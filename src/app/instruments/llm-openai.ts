import { isObject } from '../../base/is-object.ts';
import { safely } from '../../base/safely.ts';
import { replaceMethod } from '../patching/replace-method.ts';
import { followIterator } from './llm-chunks.ts';
import { OperationScope } from './llm-operation.ts';
import { providerAt } from './llm-providers.ts';
import { noteResponse } from './llm-responses.ts';

/** What is used of a client of the package `openai`, 4 and later. A resource it does not have is passed over. */
export interface OpenAiLike {
  readonly baseURL: string;
  readonly chat: { readonly completions: object };
}

/** How `llm.openai` names the operations of a client. */
export interface OpenAiOptions {
  /** `gen_ai.provider.name`; by the client's URL unless told otherwise, and `openai` where nobody knows it. */
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
 * See `llm.openai`. All that the client offers for these four goes through their `create`. It returns a
 * promise that reads the response only when it is asked to, in one of several ways, and once; so nothing
 * here asks, and what is measured are the client's own steps.
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
  // Not the client's own promise: a replacement in a test, or in a version that is not known.
  if (!(result instanceof Promise)) return call.settle(result);
  return result.then(
    (value) => call.settle(value),
    (error) => {
      throw failed(operation, error);
    },
  );
}

/** One call of `create`, of whose several promises the first that reads the response counts. */
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
    // Followed when somebody takes it: a rejection that nobody takes stays one that nobody handles.
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
      // Nobody has it read, so whoever asked reads it, unseen.
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
  return value.responsePromise instanceof Promise && typeof value.parseResponse === 'function';
}

/** What a stream has its chunks from; the client's own has a method for all of its ways to be read. */
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
