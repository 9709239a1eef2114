import { MessageChannel, type MessagePort } from 'node:worker_threads';
import {
  type AnswerHead,
  type AnswerPart,
  type Chunk,
  END,
  FREE,
  type HubRequest,
  type RequestMessage,
} from '../../channel/requests.ts';

/** The hub's answer to a request. */
export interface HubAnswer extends AnswerHead {
  /**
   * Iterate it to the end, or call `cancel`. The bytes of a chunk stay what they are until the next one is asked for. It
   * rejects when the answer is incomplete.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Has the hub stop. */
  cancel(): void;
}

/** The way to the hub of this process. */
export interface WayToHub {
  /** Posts the message, and transfers its port; false while there is no hub. */
  readonly post: (message: RequestMessage) => boolean;
  /** Milliseconds for a request that does not say how long its client waits. */
  readonly timeout: number;
}

const TIMEOUT_HEADER = 'x-prometheus-scrape-timeout-seconds';

let way: WayToHub | string =
  'pitot does not run in this thread: start it with --import pitot/instrumentation, or call boot()';

/** Tells how requests reach the hub from now on, or in one line why they do not. */
export function setWayToHub(next: WayToHub | string): void {
  way = next;
}

/**
 * Asks the hub what the endpoint would answer. Never rejects: without a hub, and without an answer in time, the answer
 * is 503 with one line of text that says why.
 */
export function askHub(request: HubRequest): Promise<HubAnswer> {
  const { promise, resolve } = Promise.withResolvers<HubAnswer>();
  if (typeof way === 'string') return Promise.resolve(unavailable(way));
  const { port1: ours, port2: theirs } = new MessageChannel();
  const allowed = timeoutOf(request, way.timeout);
  const timer = setTimeout(() => {
    resolve(unavailable(`the hub of pitot did not answer within ${allowed} ms`));
    ours.close();
  }, allowed);
  const body = new AnswerBody(ours);
  const cancel = () => ours.close();
  ours.on('message', (part: AnswerPart) => {
    if (part === END) body.end();
    else if (part instanceof Uint8Array) body.add(part);
    else {
      clearTimeout(timer);
      resolve({ ...part, body, cancel });
    }
  });
  ours.on('close', () => {
    clearTimeout(timer);
    resolve(unavailable('the hub of pitot ended before it answered'));
    body.cut();
  });
  if (!way.post({ type: 'pitot:request', request, port: theirs })) {
    resolve(unavailable('the hub of pitot does not run at the moment; the log says why'));
    ours.close();
  }
  return promise;
}

/** The bytes of an answer, as the hub sends them. */
class AnswerBody implements AsyncIterableIterator<Chunk> {
  private readonly port: MessagePort;
  private readonly chunks: Chunk[] = [];
  private isLent = false;
  private state: 'open' | 'ended' | 'cut' = 'open';
  private wake: () => void = () => {};

  constructor(port: MessagePort) {
    this.port = port;
  }

  add(chunk: Chunk): void {
    this.chunks.push(chunk);
    this.wake();
  }

  end(): void {
    this.state = 'ended';
    this.wake();
  }

  cut(): void {
    if (this.state === 'open') this.state = 'cut';
    this.wake();
  }

  async next(): Promise<IteratorResult<Chunk, undefined>> {
    // In a later turn of the event loop, so that one turn has no more work than the chunks that are on their way.
    if (this.isLent) setImmediate(() => this.port.postMessage(FREE));
    this.isLent = false;
    while (this.chunks.length === 0 && this.state === 'open') {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    const value = this.chunks.shift();
    if (value !== undefined) {
      this.isLent = true;
      return { done: false, value };
    }
    if (this.state === 'cut') throw new Error('the answer of pitot was cut off');
    // After the chunks are free.
    setImmediate(() => this.port.close());
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.port.close();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function unavailable(line: string): HubAnswer {
  async function* body() {
    yield new TextEncoder().encode(`${line}\n`);
  }
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' };
  return { status: 503, headers, body: body(), cancel: () => {} };
}

/** The hub answers a little earlier: it leaves time for the network. (hub/http/limits.ts) */
function timeoutOf({ headers }: HubRequest, otherwise: number): number {
  const seconds = Number(headers[TIMEOUT_HEADER]);
  const MAX_SECONDS = 300;
  return seconds > 0 ? Math.min(seconds, MAX_SECONDS) * 1000 : otherwise + 500;
}
