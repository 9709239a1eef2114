import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answer, pathOf } from '../routing.ts';
import { isOwnHost } from './browsers.ts';
import { allowOrigins } from './cors.ts';
import { authenticate, challenges } from './credentials.ts';
import type { Handshakes } from './handshake.ts';
import { isOpen, type Rules } from './security.ts';
import { createPasswordCheck } from './users.ts';

/** Why a request was not let in. */
export type Refusal = 'rate_limit' | 'client_certificate' | 'credentials' | 'busy' | 'host';

interface GuardOptions {
  readonly rules: () => Rules;
  readonly handshakes: Handshakes;
  /** Origins whose scripts may read answers. */
  readonly origins: readonly string[];
  /** Whether only this machine reaches the endpoint. */
  readonly isLocal: () => boolean;
  /** Host names of the endpoint, besides those of every machine; `*` stands for all. */
  readonly hosts: readonly string[];
  /** Paths that need no credentials. */
  readonly openPaths: readonly string[];
  /** The connection's client has shown credentials or a certificate. */
  readonly authenticated: (socket: Socket) => void;
  readonly refused: (reason: Refusal) => void;
  /** A check that could not be made; its request is answered with 500. */
  readonly failed: (error: unknown) => void;
}

/** Lets to `next` those requests only that the rules of the moment let in, and answers the others. */
export function guarded(next: RequestListener, options: GuardOptions): RequestListener {
  const { rules, handshakes, origins, isLocal, hosts, openPaths, authenticated, refused, failed } = options;
  const isPassword = createPasswordCheck();

  async function letIn(request: IncomingMessage, response: ServerResponse, now: Rules): Promise<void> {
    const verdict = await authenticate(request, now, isPassword);
    // The client may have left in the meantime.
    if (request.socket.closed) return;
    if (verdict === 'right') {
      authenticated(request.socket);
      next(request, response);
    } else if (verdict === 'busy') {
      refused('busy');
      answer(response, 503, 'too many passwords are being checked', { 'retry-after': '1' });
    } else {
      refused('credentials');
      answer(response, 401, 'unauthorized', { 'www-authenticate': challenges(now) });
    }
  }

  return (request, response) => {
    if ((request.headersDistinct.host?.length ?? 0) > 1) {
      // RFC 9112, section 3.2.
      answer(response, 400, 'more than one Host header', { connection: 'close' });
      return;
    }
    const now = rules();
    for (const [name, value] of now.headers) response.setHeader(name, value);
    if (hasBody(request) || handshakes.isOutdated(request.socket, now)) {
      response.setHeader('connection', 'close');
    }
    if (!now.isWithinRate()) {
      refused('rate_limit');
      answer(response, 429, 'too many requests', { 'retry-after': '1' });
      return;
    }
    if (isLocal() && isOpen(now) && !isOwnHost(request.headers.host, hosts)) {
      refused('host');
      // RFC 9110, section 7.4.
      answer(response, 421, 'not the host name of this endpoint: see PITOT_ALLOWED_HOSTS');
      return;
    }
    if (allowOrigins(request, response, origins)) return;
    const path = pathOf(request.url ?? '');
    if (path !== undefined && openPaths.includes(path)) {
      next(request, response);
      return;
    }
    const reason = handshakes.refusalOf(request.socket);
    if (reason !== undefined) {
      refused('client_certificate');
      answer(response, 403, reason);
    } else if (now.users.size === 0 && now.tokens.length === 0) {
      if (!isOpen(now)) authenticated(request.socket);
      next(request, response);
    } else {
      letIn(request, response, now).catch((error: unknown) => {
        failed(error);
        if (response.headersSent) response.destroy();
        else answer(response, 500, 'credentials could not be checked');
      });
    }
  };
}

/** No request here needs a body, and an unread one must not keep the connection busy. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
}
