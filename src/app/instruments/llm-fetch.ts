import { safely } from '../../base/safely.ts';
import { EventReader, parsedJson } from './llm-events.ts';
import { OperationScope } from './llm-operation.ts';
import { providerAt } from './llm-providers.ts';
import { noteResponse } from './llm-responses.ts';

type Fetch = typeof globalThis.fetch;

/** How `llm.fetch` sends and names requests. */
export interface LlmFetchOptions {
  /** The `fetch` that makes the requests; the global one unless told otherwise. */
  readonly fetch?: Fetch | undefined;
  /** `gen_ai.provider.name`. By default the host decides; `openai` for an unknown host. */
  readonly provider?: string | undefined;
}

/** By how the path of a request ends. */
const OPERATIONS: readonly [ending: string, operation: string][] = [
  ['/chat/completions', 'chat'],
  ['/responses', 'chat'],
  ['/messages', 'chat'],
  ['/completions', 'text_completion'],
  ['/embeddings', 'embeddings'],
];

/** pitot reads model and tokens from answers of at most this many characters. */
const LONGEST = 1_000_000;

/** See `llm.fetch`. */
export function measuredFetch(options: LlmFetchOptions = {}): Fetch {
  const { fetch: given, provider } = options;
  return async (input, init) => {
    const fetch = given ?? globalThis.fetch;
    const operation = safely('llm.fetch', () => operationOf(input, init, provider));
    if (operation === undefined) return fetch(input, init);
    let response: Response;
    try {
      response = await fetch(input, init);
    } catch (error) {
      operation.fail(error);
      operation.end();
      throw error;
    }
    return safely('llm.fetch', () => followResponse(operation, response)) ?? response;
  };
}

/** Undefined for a request that is none to a model. */
function operationOf(
  input: Parameters<Fetch>[0],
  init: RequestInit | undefined,
  provider: string | undefined,
): OperationScope | undefined {
  const url = input instanceof Request ? input.url : String(input);
  const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
  if (method.toUpperCase() !== 'POST' || !URL.canParse(url)) return undefined;
  const { pathname } = new URL(url);
  const operation = OPERATIONS.find(([ending]) => pathname.endsWith(ending))?.[1];
  if (operation === undefined) return undefined;
  const model = modelOf(init?.body);
  return new OperationScope({
    provider: provider ?? providerAt(url) ?? 'openai',
    operation,
    model,
    server: url,
  });
}

function modelOf(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined;
  const model = Reflect.get(Object(parsedJson(body)), 'model');
  return typeof model === 'string' ? model : undefined;
}

function followResponse(operation: OperationScope, response: Response): Response {
  if (!response.ok) operation.fail(String(response.status));
  if (!response.ok || !(response.body instanceof ReadableStream)) {
    operation.end();
    return response;
  }
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    return withBody(response, followEvents(operation, response.body));
  }
  void noteWhole(operation, response.clone());
  return response;
}

/** Never rejects: an error of the copy is one of the response too, whose reader gets it. */
async function noteWhole(operation: OperationScope, copy: Response): Promise<void> {
  try {
    const text = await copy.text();
    if (text.length <= LONGEST) noteResponse(operation, parsedJson(text));
  } catch (error) {
    operation.fail(error);
  }
  operation.end();
}

/** The same bytes at the reader's pace. The operation ends with them, or when the reader stops. */
function followEvents(
  operation: OperationScope,
  body: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const events = new EventReader((data) => {
    noteResponse(operation, data);
    operation.chunk();
  });
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array>) {
      try {
        const { done, value } = await reader.read();
        if (value !== undefined) safely('a chunk', () => events.push(value));
        if (done) operation.end();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        operation.fail(error);
        operation.end();
        throw error;
      }
    },
    cancel(reason: unknown) {
      operation.end();
      return reader.cancel(reason);
    },
  };
  return new ReadableStream(source, { highWaterMark: 0 });
}

/** A response cannot be given another body, and a new one forgets where it came from. */
function withBody(response: Response, body: ReadableStream): Response {
  const { status, statusText, headers, url, redirected, type } = response;
  const copy = new Response(body, { status, statusText, headers });
  for (const [name, value] of Object.entries({ url, redirected, type })) {
    Object.defineProperty(copy, name, { value, configurable: true });
  }
  return copy;
}
