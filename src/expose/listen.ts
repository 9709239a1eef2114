import { createServer, type RequestListener, type Server } from 'node:http';
import { isIPv6 } from 'node:net';

/** No server could be started; the message names host, port and reason, and nothing is left open. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** Of the system, `EADDRINUSE` for one. */
  readonly code: string;
  readonly host: string;
  readonly port: number;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown';
    super(`cannot listen on ${authority(host, port)}: ${REASONS.get(code) ?? cause.message}`, { cause });
    this.code = code;
    this.host = host;
    this.port = port;
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'the port is in use'],
  ['EACCES', 'this process may not use the port'],
  ['EADDRNOTAVAIL', 'this machine does not have the address'],
  ['ENOTFOUND', 'the host is not known'],
]);

const NO_SUCH_ADDRESS: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** How often to pick another port where a picked one is free on one loopback address only. */
const PICKS = 10;

/**
 * Serves on every address of the host, on one port. `localhost` is 127.0.0.1 and ::1, or the one of
 * them that the machine has. Port 0 picks a port that is free on all of them.
 */
export async function listen(
  listener: RequestListener,
  host: string,
  port: number,
): Promise<{ servers: readonly Server[]; port: number }> {
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  for (let pick = 1; ; pick++) {
    const servers: Server[] = [];
    try {
      for (const address of addresses) {
        const server = createServer(listener);
        try {
          await listening(server, address, portOf(servers[0]) ?? port);
          servers.push(server);
        } catch (error) {
          const alone = servers.length > 0 && isSystemError(error) && NO_SUCH_ADDRESS.has(error.code);
          if (!alone) throw error;
        }
      }
      return { servers, port: portOf(servers[0]) ?? port };
    } catch (error) {
      for (const server of servers) server.close();
      if (!isSystemError(error)) throw error;
      const tryAnother = error.code === 'EADDRINUSE' && port === 0 && pick < PICKS;
      if (!tryAnother) throw new ListenError(host, port, error);
    }
  }
}

/** As in a URL: `localhost:9464`, `[::1]:9464`. */
export function authority(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** `exclusive` keeps a process of a cluster from sharing the port through its primary. */
function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function portOf(server: Server | undefined): number | undefined {
  const address = server?.address();
  return typeof address === 'object' ? address?.port : undefined;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
