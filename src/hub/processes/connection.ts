import type { Socket } from 'node:net';
import { DefaultSerializer, deserialize } from 'node:v8';

const HEADER_BYTES = 4;
const EMPTY_HEADER = Buffer.alloc(HEADER_BYTES);
/** A process' resource, to which the application can add, is part of its first message. */
const MAX_FIRST_MESSAGE_BYTES = 2 ** 20;
/** About a million series. */
const MAX_MESSAGE_BYTES = 2 ** 28;

/** A message as it crosses, for several connections. All of them have sent their first message. */
export function framed(message: unknown): Buffer {
  const serializer = new DefaultSerializer();
  serializer.writeRawBytes(EMPTY_HEADER);
  serializer.writeHeader();
  serializer.writeValue(message);
  return withLength(serializer.releaseBuffer());
}

/**
 * Messages over a local socket: a length of four bytes, little-endian, and a body. The first message of either side is
 * JSON, so that any two releases understand it; all others are in V8's serialization.
 */
export class Connection<Outgoing> {
  private readonly socket: Socket;
  private pieces: Buffer[] = [];
  private bytes = 0;
  private isGreeted = false;
  private hasGreeted = false;
  private hasFailed = false;

  /**
   * @param receive is called for each message, in order, and has to check it; when it throws, the connection is cut
   * @param ended is called once, when nothing more will be received; with the error that cut the connection
   */
  constructor(
    socket: Socket,
    receive: (message: unknown) => void,
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

  /** Bytes that wait in this process because the other side is slow. */
  get backlog(): number {
    return this.socket.writableLength;
  }

  send(message: Outgoing): void {
    if (this.socket.destroyed || !this.socket.writable) return;
    const first = this.hasGreeted ? undefined : Buffer.from(JSON.stringify(message));
    this.hasGreeted = true;
    this.socket.write(first ? withLength(Buffer.concat([EMPTY_HEADER, first])) : framed(message));
  }

  /** @param frames one or more messages, as {@link framed} returns them */
  sendFramed(frames: Buffer): void {
    if (this.socket.destroyed || !this.socket.writable) return;
    this.socket.write(frames);
  }

  /** Closes the connection; earlier messages still arrive. */
  end(): void {
    this.socket.end();
    this.socket.destroySoon();
  }

  private read(data: Buffer, receive: (message: unknown) => void): void {
    this.pieces.push(data);
    this.bytes += data.length;
    while (this.bytes >= HEADER_BYTES) {
      const length = this.peekLength();
      const max = this.isGreeted ? MAX_MESSAGE_BYTES : MAX_FIRST_MESSAGE_BYTES;
      if (length > max) throw new Error(`a message of ${length} bytes`);
      if (this.bytes < HEADER_BYTES + length) return;
      const all = this.pieces.length === 1 ? (this.pieces[0] ?? data) : Buffer.concat(this.pieces);
      const body = all.subarray(HEADER_BYTES, HEADER_BYTES + length);
      const rest = all.subarray(HEADER_BYTES + length);
      this.pieces = rest.length > 0 ? [rest] : [];
      this.bytes = rest.length;
      const message: unknown = this.isGreeted ? deserialize(body) : JSON.parse(body.toString());
      this.isGreeted = true;
      receive(message);
    }
  }

  private peekLength(): number {
    const first = this.pieces[0];
    if (first !== undefined && first.length >= HEADER_BYTES) return first.readUInt32LE();
    const joined = Buffer.concat(this.pieces);
    this.pieces = [joined];
    return joined.readUInt32LE();
  }
}

/** Writes the length of the body into the header before it. */
function withLength(frame: Buffer): Buffer {
  frame.writeUInt32LE(frame.length - HEADER_BYTES);
  return frame;
}
