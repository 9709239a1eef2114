import type { ServerHttp2Stream } from 'node:http2';

/** Facts about a stream that only its native side knows: `node:http2` discards them. */
export interface NativeStream {
  /** Bytes of the DATA frames that were received, without padding. 0 until the stream is closed. */
  received: number;
  /** Bytes of the DATA frames that were sent, likewise. */
  sent: number;
  /** Whether this side has reset the stream. */
  wasReset: boolean;
}

const OBSERVED = Symbol('pitot.nativeStream');

interface Handle {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Frees the native side. The counts can be read for the last time just before. */
  destroy(): void;
  rstStream(code: number): unknown;
  [OBSERVED]?: NativeStream;
}

const patched = new WeakSet<object>();

/**
 * Observes the native side of a stream, by replacing two methods that all streams share, once.
 *
 * Rests on: the symbol `kHandle` of streams, and `bytesRead`, `bytesWritten`, `destroy` and `rstStream` of what it
 * holds. Checked with Node.js 22.15 to 24.21.
 *
 * @returns filled in when the stream closes; `undefined` if this version of Node.js has no such handle, so that the
 * sizes of bodies are unknown
 */
export function observeNativeStream(stream: ServerHttp2Stream): NativeStream | undefined {
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

/**
 * A private property of an object of `node:http2`, by the description of its symbol: `socket` of a session, `request`
 * of a stream (the request of the compatibility API). `undefined` if there is none; then the reason of an aborted
 * stream is less exact, and `http.route` of Express over HTTP/2 is missing.
 *
 * Checked with Node.js 22.15 to 24.21.
 */
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
