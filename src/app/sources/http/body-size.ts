import type { ServerResponse } from 'node:http';
import { MEASURED, type Measurable } from './measured-request.ts';

/** The part of an HTTP parser of `node:http` that is used: it is on every socket of a server. */
interface Parser {
  incoming?: Measurable | null;
  [callback: number]: unknown;
}

type OnBody = (this: Parser, chunk: Uint8Array) => unknown;

const counting = new WeakSet<object>();

/**
 * Counts the bytes of the bodies that a connection's parser reads from now on, chunk framing removed and
 * content codings not: into `received` of the request they belong to. The parser calls the function that
 * is replaced here for each piece it has read; it is replaced once, for all requests of the connections
 * that the parser will serve.
 *
 * @returns whether there was such a function
 */
export function countRequestBodies(socket: object): boolean {
  const { parser } = socket as { parser?: Parser | null };
  if (typeof parser !== 'object' || parser === null) return false;
  if (counting.has(parser)) return true;
  for (const place of Object.keys(parser)) {
    const callback = parser[Number(place)];
    if (typeof callback === 'function' && callback.name === 'parserOnBody') {
      parser[Number(place)] = counted(callback as OnBody);
      counting.add(parser);
      return true;
    }
  }
  return false;
}

function counted(onBody: OnBody): OnBody {
  return function parserOnBody(chunk) {
    const measured = this.incoming?.[MEASURED];
    if (measured?.received !== undefined) measured.received += chunk.length;
    return onBody.call(this, chunk);
  };
}

type Chunk = string | Uint8Array | null | undefined;
type Write = (this: ServerResponse, chunk: Chunk, encoding?: unknown, callback?: unknown) => unknown;

/**
 * Counts the bytes that are written into responses, into `sent` of their measured request, where all writing
 * arrives: after a content coding, before chunk framing. `node:http` keeps no such count of its own.
 * The two methods are inherited by all responses of servers; they are replaced once.
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
  // An inherited method is looked up with each call: another package may replace it where it is.
  const inherited: Record<typeof name, Write> = Object.getPrototypeOf(prototype);
  const original: Write | undefined = own?.value;
  const counted: Write = function (chunk, encoding, callback) {
    const measured = (this.req as Measurable | undefined)?.[MEASURED];
    const accepts = measured?.sent !== undefined && !this.writableEnded && !this.destroyed;
    const result = (original ?? inherited[name]).call(this, chunk, encoding, callback);
    if (accepts) measured.sent! += byteLength(chunk, encoding);
    return result;
  };
  Object.defineProperties(counted, { name: { value: name }, length: { value: inherited[name].length } });
  Object.defineProperty(prototype, name, { value: counted, configurable: true, writable: true });
  return () => {
    // Whoever has replaced the method since then goes on to call ours, which has nothing to count any more.
    if (Reflect.get(prototype, name) !== counted) return;
    if (own === undefined) Reflect.deleteProperty(prototype, name);
    else Object.defineProperty(prototype, name, own);
  };
}

/** `end` is also called without a chunk, or with its callback in that place. */
function byteLength(chunk: unknown, encoding: unknown): number {
  if (typeof chunk === 'string') {
    return Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  }
  return chunk instanceof Uint8Array ? chunk.byteLength : 0;
}
