import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import { RawClient } from '../../app/sources/http/helpers/raw-client.ts';
import type { Lifetime } from '../../harness/lifetime.ts';

/** A client's own account of its requests: how many ended how, and the bytes of their bodies. */
export class Tally {
  /** By what {@link keyOf} makes of how a request ended. */
  readonly counts = new Map<string, number>();
  /** By route. */
  readonly sent = new Map<string, number>();
  readonly received = new Map<string, number>();

  count(how: How, times = 1): void {
    add(this.counts, keyOf(how), times);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** The attributes that tell requests apart, but for the scheme. */
export interface How {
  readonly method?: string;
  readonly route?: string;
  readonly status?: number | string;
  readonly error?: string;
  readonly version?: string;
}

export function keyOf({ method = 'GET', route = '', status = '', error = '', version = '1.1' }: How): string {
  return `${method} ${route} HTTP/${version} ${status} ${error}`;
}

export function add(map: Map<string, number>, key: string, amount: number): void {
  map.set(key, (map.get(key) ?? 0) + amount);
}

export interface Ports {
  readonly http: number;
  readonly http2: number;
  readonly heap: number;
}

/** One thing that a client does; it resolves when the client knows how that ended. */
export type Action = (client: LoadClient) => Promise<void>;

/** Closed by who opened them, or by the service. */
const UNMANAGED: Lifetime = { after() {} };
const GONE = 'client_disconnected';

/** A client that keeps one connection of each kind for as long as that is good. */
export class LoadClient {
  readonly tally: Tally;
  private readonly ports: Ports;
  private readonly random: () => number;
  private kept: RawClient | undefined;
  private session: ClientHttp2Session | undefined;

  constructor(ports: Ports, tally: Tally, random: () => number) {
    this.ports = ports;
    this.tally = tally;
    this.random = random;
  }

  /** An integer from 1 to `most`. */
  some(most: number): number {
    return 1 + Math.floor(this.random() * most);
  }

  /** The connection that is kept alive. */
  async alive(): Promise<RawClient> {
    this.kept ??= await this.fresh();
    return this.kept;
  }

  fresh(): Promise<RawClient> {
    return RawClient.connect(UNMANAGED, this.ports.http);
  }

  http2(): ClientHttp2Session {
    this.session ??= connect(`http://127.0.0.1:${this.ports.http2}`);
    return this.session;
  }

  async close(): Promise<void> {
    const { kept, session } = this;
    if (kept !== undefined) {
      kept.socket.end();
      await once(kept.socket, 'close');
    }
    if (session !== undefined) await new Promise<void>((resolve) => session.close(resolve));
  }
}

function head(method: string, path: string, headers = ''): string {
  return `${method} ${path} HTTP/1.1\r\nHost: service\r\n${headers}\r\n`;
}

/** Requests on a connection that stays, so many of them before the first response has come. */
async function answered(
  { tally }: LoadClient,
  connection: RawClient,
  path: string,
  times = 1,
): Promise<void> {
  connection.write(head('GET', path).repeat(times));
  const route = path.replace(/[^/]+$/, path.includes('/chunks/') ? ':count' : ':id');
  for (let i = 0; i < times; i++) {
    const { status, bodySize } = await connection.response();
    tally.count({ route, status });
    add(tally.received, route, bodySize);
  }
}

/** A request whose client sees the beginning of the answer, and then leaves without a farewell. */
async function abandoned(client: LoadClient, how: How, bytes: string, times = 1): Promise<void> {
  const connection = await client.fresh();
  connection.write(bytes.repeat(times));
  await connection.anything();
  connection.reset();
  client.tally.count({ ...how, error: GONE }, times);
}

async function uploaded(client: LoadClient, headers: string, body: string, size: number): Promise<void> {
  const { tally } = client;
  const route = '/api/uploads/:id';
  const connection = await client.alive();
  connection.write(head('POST', `/api/uploads/${client.some(1000)}`, headers) + body);
  const { status, bodySize } = await connection.response();
  tally.count({ method: 'POST', route, status });
  add(tally.sent, route, size);
  add(tally.received, route, bodySize);
}

/** A chunk of each size. */
function chunked(sizes: readonly number[]): string {
  return [...sizes, 0].map((size) => `${size.toString(16)}\r\n${'y'.repeat(size)}\r\n`).join('');
}

export const ACTIONS: readonly Action[] = [
  async (client) => answered(client, await client.alive(), `/api/small/${client.some(1000)}`, client.some(3)),
  async (client) => answered(client, await client.alive(), `/api/small/${client.some(1000)}`, 10),
  async (client) => answered(client, await client.alive(), `/api/chunks/${client.some(20)}`),
  async (client) => answered(client, await client.alive(), `/api/failing/${client.some(1000)}`),
  async (client) => {
    const id = String(client.some(1000));
    await answered(client, await client.alive(), `/api/relayed/${id}`);
    // The service has asked itself twice.
    const route = '/api/small/:id';
    client.tally.count({ route, status: 200 }, 2);
    add(client.tally.received, route, 2 * JSON.stringify({ id }).length);
  },
  async (client) => {
    const size = client.some(300_000);
    await uploaded(client, `Content-Length: ${size}\r\n`, 'z'.repeat(size), size);
  },
  async (client) => {
    const sizes = Array.from({ length: client.some(10) }, () => client.some(5000));
    const size = sizes.reduce((sum, one) => sum + one, 0);
    await uploaded(client, 'Transfer-Encoding: chunked\r\n', chunked(sizes), size);
  },
  (client) => {
    const request = head('GET', `/api/unanswered/${client.some(1000)}`);
    return abandoned(client, { route: '/api/unanswered/:id' }, request, client.some(3));
  },
  (client) => {
    const request = head('GET', `/api/broken/${client.some(1000)}`);
    return abandoned(client, { route: '/api/broken/:id', status: 200 }, request);
  },
  (client) => {
    const headers = 'Content-Length: 1000\r\nExpect: 100-continue\r\n';
    const request = head('POST', `/api/uploads/${client.some(1000)}`, headers);
    return abandoned(client, { method: 'POST', route: '/api/uploads/:id' }, request);
  },
  async (client) => {
    const connection = await client.fresh();
    connection.write(head('GET', `/api/late/${client.some(1000)}`));
    await once(connection.socket, 'close');
    client.tally.count({ route: '/api/late/:id', error: 'timeout' });
  },
  async (client) => {
    const connection = await client.fresh();
    connection.write(head('GET', '/echo', 'Connection: Upgrade\r\nUpgrade: echo\r\n'));
    const { status } = await connection.response();
    client.tally.count({ status });
    connection.write('hello');
    await connection.anything();
    connection.socket.destroy();
  },
  async (client) => {
    const size = client.some(100_000);
    const stream = client.http2().request({ ':method': 'POST', ':path': '/echo' });
    let received = 0;
    stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    stream.end(Buffer.alloc(size, 'w'));
    await once(stream, 'close');
    client.tally.count({ method: 'POST', status: 200, version: '2' });
    add(client.tally.sent, '', size);
    add(client.tally.received, '', received);
  },
  async (client) => {
    const stream = client.http2().request({ ':path': '/unfinished' });
    await once(stream, 'data');
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
    client.tally.count({ status: 200, error: GONE, version: '2' });
  },
];
