import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Lifetime } from '../../../../harness/lifetime.ts';

/** A response as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes of the body, without chunk framing. */
  readonly bodySize: number;
}

/**
 * A client that writes bytes as they are given and counts what comes back, byte by byte: it shares no code
 * with what is tested, nor with `node:http`.
 */
export class RawClient {
  readonly socket: Socket;
  /** The body bytes of the response that is being received. */
  partial = 0;
  private buffer = Buffer.alloc(0);
  private readonly arrivals = new Set<() => void>();
  private ended = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.buffer = Buffer.concat([this.buffer, chunk]);
      this.arrived();
    });
    const end = () => {
      this.ended = true;
      this.arrived();
    };
    socket.on('end', end).on('close', end).on('error', end);
  }

  static async connect(lifetime: Lifetime, port: number, tls = false): Promise<RawClient> {
    const socket = tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
      : connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, tls ? 'secureConnect' : 'connect');
    lifetime.after(() => {
      socket.destroy();
    });
    return new RawClient(socket);
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  /** The next response to a request of this method; informational ones come as themselves. */
  async response(method = 'GET'): Promise<RawResponse> {
    this.partial = 0;
    const head = (await this.until('\r\n\r\n')).split('\r\n');
    const status = Number(head[0]?.split(' ')[1]);
    const headers = new Map(
      head.slice(1).map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const isEmpty = method === 'HEAD' || status < 200 || status === 204 || status === 304;
    const bodySize = isEmpty ? 0 : await this.body(headers);
    return { status, headers, bodySize };
  }

  /** Waits for the first byte that has not been read yet. */
  async anything(): Promise<void> {
    while (this.buffer.length === 0) await this.arrival();
  }

  /** Ends the connection without a farewell. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  private async body(headers: ReadonlyMap<string, string>): Promise<number> {
    if (headers.get('transfer-encoding') === 'chunked') return this.chunks();
    const length = headers.get('content-length');
    let left = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    while (left > 0) {
      if (this.buffer.length === 0) {
        if (this.ended) break;
        await this.arrival();
        continue;
      }
      const taken = Math.min(left, this.buffer.length);
      this.buffer = this.buffer.subarray(taken);
      this.partial += taken;
      left -= taken;
    }
    return this.partial;
  }

  private async chunks(): Promise<number> {
    for (;;) {
      const size = Number.parseInt(await this.until('\r\n'), 16);
      if (size === 0) break;
      let left = size;
      while (left > 0) {
        if (this.buffer.length === 0) await this.arrival();
        const taken = Math.min(left, this.buffer.length);
        this.buffer = this.buffer.subarray(taken);
        this.partial += taken;
        left -= taken;
      }
      await this.until('\r\n');
    }
    // Trailers, up to an empty line.
    while ((await this.until('\r\n')) !== '');
    return this.partial;
  }

  private async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.buffer.indexOf(mark);
      if (at !== -1) {
        const text = this.buffer.subarray(0, at).toString('latin1');
        this.buffer = this.buffer.subarray(at + mark.length);
        return text;
      }
      if (this.ended) throw new Error('the connection ended before the response did');
      await this.arrival();
    }
  }

  private arrival(): Promise<void> {
    if (this.ended) throw new Error('the connection ended before the response did');
    return new Promise((resolve) => {
      this.arrivals.add(resolve);
    });
  }

  private arrived(): void {
    for (const resolve of this.arrivals) resolve();
    this.arrivals.clear();
  }
}
