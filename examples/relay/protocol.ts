/** Messages from clients. */
export type Request =
  | { readonly type: 'open'; readonly tool: string }
  | { readonly type: 'run'; readonly session: string; readonly input: string }
  | { readonly type: 'close'; readonly session: string }
  | { readonly type: 'ping' };

/** Messages to clients, one for each request. */
export type Answer =
  | { readonly type: 'opened'; readonly session: string }
  | { readonly type: 'result'; readonly output: string }
  | { readonly type: 'closed' }
  | { readonly type: 'pong' }
  | { readonly type: 'error'; readonly error: string };

/** Returns undefined for anything but a request. */
export function parseRequest(text: string): Request | undefined {
  try {
    const { type, tool, session, input } = JSON.parse(text);
    if (type === 'ping') return { type };
    if (type === 'open' && typeof tool === 'string') return { type, tool };
    if (type === 'close' && typeof session === 'string') return { type, session };
    if (type === 'run' && typeof session === 'string' && typeof input === 'string') {
      return { type, session, input };
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** A failure with a code, which the client is told. */
export class RelayError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}
