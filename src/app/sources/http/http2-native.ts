import type { ServerHttp2Stream } from 'node:http2';

/** What the native side of a stream tells; `node:http2` itself keeps none of it. */
export interface NativeStream {
  /** Bytes of DATA frames that were received, without padding: once the stream is closed. */
  received: number;
  /** The same of those that were sent. */
  sent: number;
  /** Whether this side has reset the stream. */
  wasReset: boolean;
}

const OBSERVED = Symbol('pitot.nativeStream');

interface Handle {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Gives the native side up: the last moment that can tell how much it has counted. */
  destroy(): void;
  rstStream(code: number): unknown;
  [OBSERVED]?: NativeStream;
}

const patched = new WeakSet<object>();

/**
 * Has the native side of a stream observed. The two methods that takes are shared by all streams, and
 * replaced once.
 *
 * @returns what becomes known by the time the stream is closed; `undefined` where the native side tells nothing
 */
export function observeNative(stream: ServerHttp2Stream): NativeStream | undefined {
  const handle = hidden(stream, 'kHandle') as Partial<Handle> | undefined;
  if (typeof handle?.bytesRead !== 'number' || typeof handle.bytesWritten !== 'number') return undefined;
  patch(Object.getPrototypeOf(handle));
  const observed = { received: 0, sent: 0, wasReset: false };
  handle[OBSERVED] = observed;
  return observed;
}

function patch(prototype: Handle): void {
  if (patched.has(prototype)) return;
  patched.add(prototype);
  const { destroy, rstStream } = prototype;
  prototype.destroy = function () {
    const { [OBSERVED]: observed } = this;
    if (observed !== undefined) {
      observed.received = this.bytesRead;
      observed.sent = this.bytesWritten;
    }
    destroy.call(this);
  };
  prototype.rstStream = function (code) {
    const { [OBSERVED]: observed } = this;
    if (observed !== undefined) observed.wasReset = true;
    return rstStream.call(this, code);
  };
}

const keys = new Map<string, symbol | undefined>();

/** What `node:http2` keeps to itself on an object, by the description of its key. */
export function hidden(object: object, description: string): unknown {
  if (!keys.has(description)) {
    const all = Object.getOwnPropertySymbols(object);
    keys.set(
      description,
      all.find((key) => key.description === description),
    );
  }
  const key = keys.get(description);
  return key === undefined ? undefined : Reflect.get(object, key);
}
