import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Lifetime } from '../../../harness/lifetime.ts';

export interface Proxy {
  readonly url: string;
  /** The first line of each request, in order. */
  readonly requests: readonly string[];
  /** Credentials that clients sent. */
  readonly credentials: readonly (string | undefined)[];
  /** Connections that are open now. */
  readonly open: number;
}

/** The proxy's reaction to CONNECT: leads to the target, says nothing, or says yes and then nothing. */
export type ConnectAnswer = 'target' | 'silence' | 'silent tunnel' | 'refusal';

/** A proxy for HTTP/1.1, with absolute targets and CONNECT. */
export async function startProxy(
  lifetime: Lifetime,
  answer: ConnectAnswer = 'target',
  login = '',
): Promise<Proxy> {
  const requests: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const { method, headers, url = '' } = request;
    request.pipe(
      forward(url, { method, headers }, (from) => {
        response.writeHead(from.statusCode ?? 502, from.headers);
        from.pipe(response);
      }).on('error', () => response.writeHead(502).end()),
    );
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.on('connect', (request, socket: Socket) => {
    requests.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    if (answer === 'refusal') socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (answer === 'silent tunnel') socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (answer !== 'target') {
      socket.resume().on('end', () => socket.end());
      return;
    }
    const { hostname, port } = new URL(`tcp://${request.url}`);
    const target = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
    socket.on('close', () => target.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lifetime.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${login}127.0.0.1:${port}`,
    requests,
    credentials,
    get open() {
      return sockets.size;
    },
  };
}
