/** An HTTP parser of `node:http`. Each socket of a server has one, and the parser serves several connections in turn. */
interface Parser {
  /** The request that is being read. */
  incoming?: object | null;
  [WATCHED]?: true;
  /** The parser's callbacks, by numbers that differ between versions of Node.js. */
  [callback: number]: unknown;
}

type OnBody = (this: Parser, chunk: Uint8Array) => unknown;

/** The name of the callback for a piece of a body. */
const ON_BODY = 'parserOnBody';

const WATCHED = Symbol('pitot.watched');

/**
 * Calls `listener` with each piece of a body that the parser of a socket reads from now on: after chunk framing is
 * removed, and before content codings are. Does nothing for a parser that is watched already, so that it may be called
 * for each request.
 *
 * Rests on: `socket.parser`, and its callback with the name `parserOnBody`. Checked with Node.js 22.15 to 24.21.
 *
 * @returns false if this version of Node.js has no such callback, so that the sizes of bodies are unknown
 */
export function watchBodies(
  socket: object,
  listener: (request: object | null | undefined, bytes: number) => void,
): boolean {
  const { parser } = socket as { parser?: Parser | null };
  if (typeof parser !== 'object' || parser === null) return false;
  if (parser[WATCHED] === true) return true;
  for (const key of Object.keys(parser)) {
    const callback = parser[Number(key)];
    if (typeof callback === 'function' && callback.name === ON_BODY) {
      parser[Number(key)] = watching(callback as OnBody, listener);
      parser[WATCHED] = true;
      return true;
    }
  }
  return false;
}

function watching(onBody: OnBody, listener: Parameters<typeof watchBodies>[1]): OnBody {
  return function parserOnBody(chunk) {
    listener(this.incoming, chunk.length);
    return onBody.call(this, chunk);
  };
}
