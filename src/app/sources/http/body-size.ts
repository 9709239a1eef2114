// The global one is a getter.
import { Buffer } from 'node:buffer';
import type { ServerResponse } from 'node:http';
import { watchBodies } from '../../foreign/http-parser.ts';
import { declaredLength } from '../../foreign/http-response.ts';
import { MEASURED, type Measurable, type MeasuredRequest } from './measured-request.ts';

/**
 * Counts the bytes of request bodies on a connection, into `received` of each measured request: without chunk
 * framing, and with content codings.
 *
 * @returns false if this version of Node.js does not report the bytes
 */
export function countRequestBodies(socket: object): boolean {
  return watchBodies(socket, addReceived);
}

function addReceived(request: Measurable | null | undefined, bytes: number): void {
  const measured = request?.[MEASURED];
  if (measured?.received !== undefined) measured.received += bytes;
}

type Chunk = string | Uint8Array | null | undefined;
type Write = (this: ServerResponse, chunk: Chunk, encoding?: unknown, callback?: unknown) => unknown;

/**
 * Counts the bytes of response bodies, into `sent` of each measured request: after a content coding, before chunk
 * framing. `node:http` keeps no such count. Replaces two methods that all responses of servers inherit, once.
 */
export function countResponseBodies(): () => void {
  const restores = [countWrites('write'), countWrites('end')];
  return () => {
    for (const restore of restores) restore();
  };
}

function countWrites(name: 'write' | 'end'): () => void {
  const { prototype } = process.getBuiltinModule('node:http').ServerResponse;
  const own = Object.getOwnPropertyDescriptor(prototype, name);
  // Looked up at each call, because another package may replace an inherited method where it is.
  const inherited: Record<typeof name, Write> = Object.getPrototypeOf(prototype);
  const original: Write | undefined = own?.value;
  const counted: Write = function (chunk, encoding, callback) {
    const write = original ?? inherited[name];
    const measured = (this.req as Measurable | undefined)?.[MEASURED];
    if (measured?.sent === undefined || this.writableEnded || this.destroyed) {
      return write.call(this, chunk, encoding, callback);
    }
    const sent = measured.sent + byteLength(chunk, encoding);
    const result =
      name === 'write' && sent >= (declaredLength(this) ?? Number.POSITIVE_INFINITY)
        ? writeLast(write, this, measured, [chunk, encoding, callback])
        : write.call(this, chunk, encoding, callback);
    measured.sent = sent;
    return result;
  };
  Object.defineProperties(counted, { name: { value: name }, length: { value: inherited[name].length } });
  Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
  return () => {
    // Another package may have replaced the method since. Its wrapper goes on to call ours, which counts nothing.
    if (Reflect.get(prototype, name) !== counted) return;
    if (own === undefined) Reflect.deleteProperty(prototype, name);
    else Object.defineProperty(prototype, name, own);
  };
}

/**
 * Writes the piece that completes the declared length. The client has the whole response as soon as the system has
 * this piece, and may close the connection before the application calls `end()`.
 */
function writeLast(
  write: Write,
  response: ServerResponse,
  measured: MeasuredRequest,
  [chunk, encoding, callback]: Parameters<Write>,
): unknown {
  const given = typeof encoding === 'function' ? encoding : callback;
  const written = (error?: unknown) => {
    if (!error) measured.isSent = true;
    if (typeof given === 'function') given(error);
  };
  return write.call(response, chunk, typeof encoding === 'function' ? undefined : encoding, written);
}

/** `end` is also called without a chunk, or with its callback in that place. */
function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
