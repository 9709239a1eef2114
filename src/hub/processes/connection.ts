import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

/** Bytes of the length before each message. */
const HEADER = 4;
/** A message that says it is longer than this is none of ours. */
const LONGEST_MESSAGE = 2 ** 28;

/**
 * Messages over a local socket: a length of four bytes and a body. The first message of either side is
 * JSON, so that two versions that share nothing else understand each other's; all others are in V8's
 * serialisation, whose version is part of ours.
 */
export class Connection<Incoming, Outgoing> {
  private readonly socket: Socket;
  private pieces: Buffer[] = [];
  private bytes = 0;
  private isGreeted = false;
  private hasGreeted = false;
  private hasFailed = false;

  /**
   * @param receive is called for each message, in order; if it throws, the connection is ended
   * @param ended is called once, when nothing more will be received
   */
  constructor(
    socket: Socket,
    receive: (message: Incoming) => void,
    ended: (error: Error | undefined) => void,
  ) {
    this.socket = socket;
    let failure: Error | undefined;
    socket.on('data', (data: Buffer) => {
      if (this.hasFailed) return;
      try {
        this.read(data, receive);
      } catch (error) {
        this.hasFailed = true;
        failure = error instanceof Error ? error : new Error(String(error));
        socket.destroy();
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => ended(failure));
  }

  /** Bytes that the other side has not taken yet and that the kernel does not hold for it. */
  get backlog(): number {
    return this.socket.writableLength;
  }

  send(message: Outgoing): void {
    if (this.socket.destroyed || !this.socket.writable) return;
    const body = this.hasGreeted ? serialize(message) : Buffer.from(JSON.stringify(message));
    this.hasGreeted = true;
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(body.length);
    this.socket.cork();
    this.socket.write(header);
    this.socket.write(body);
    this.socket.uncork();
  }

  /** Ends it; what was sent before still arrives. */
  end(): void {
    this.socket.end();
    this.socket.destroySoon();
  }

  private read(data: Buffer, receive: (message: Incoming) => void): void {
    this.pieces.push(data);
    this.bytes += data.length;
    while (this.bytes >= HEADER) {
      const length = this.peekLength();
      if (length > LONGEST_MESSAGE) throw new Error(`a message of ${length} bytes`);
      if (this.bytes < HEADER + length) return;
      const all = this.pieces.length === 1 ? (this.pieces[0] ?? data) : Buffer.concat(this.pieces);
      const body = all.subarray(HEADER, HEADER + length);
      const rest = all.subarray(HEADER + length);
      this.pieces = rest.length > 0 ? [rest] : [];
      this.bytes = rest.length;
      const message: Incoming = this.isGreeted ? deserialize(body) : JSON.parse(body.toString());
      this.isGreeted = true;
      receive(message);
    }
  }

  private peekLength(): number {
    const first = this.pieces[0];
    if (first !== undefined && first.length >= HEADER) return first.readUInt32LE();
    const joined = Buffer.concat(this.pieces);
    this.pieces = [joined];
    return joined.readUInt32LE();
  }
}
