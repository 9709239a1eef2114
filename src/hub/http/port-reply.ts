import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { type AnswerPart, type Chunk, END } from '../../channel/requests.ts';
import type { Reply } from './routing.ts';

/** Bytes of a chunk: each costs the application's thread a message, whatever its size. */
const CHUNK_BYTES = 128 * 1024;
/** Chunks that the application's thread has at once: the most that one turn of its event loop writes. */
const MAX_SENT = 3;
/** Milliseconds after which a chunk is sent although it is not full. */
const MAX_DELAY_MS = 5;

/** Memory of chunks that are free, for the next ones. The garbage collector does not see what shared memory weighs. */
const spare: Chunk[] = [];
const MAX_SPARE = 2 * MAX_SENT;

/**
 * A response that goes to a thread of the application over a port; src/channel/requests.ts shows the steps. A writer
 * waits while {@link MAX_SENT} chunks are not free.
 */
export class PortReply extends Writable implements Reply {
  headersSent = false;
  private readonly port: MessagePort;
  private readonly headers = new Map<string, string>();
  private readonly left = new AbortController();
  private readonly sent: Chunk[] = [];
  private chunk: Chunk | undefined;
  private filled = 0;
  private sending: NodeJS.Timeout | undefined;
  private goOn: (() => void) | undefined;
  private allFree: (() => void) | undefined;

  constructor(port: MessagePort) {
    super();
    this.port = port;
    port.on('message', () => this.free());
    port.on('close', () => {
      if (!this.writableFinished) this.left.abort();
      this.destroy();
    });
    // Writers learn of the end by the signal.
    this.on('error', () => {});
  }

  /** Aborts when the application does not want the answer any more. */
  get signal(): AbortSignal {
    return this.left.signal;
  }

  setHeader(name: string, value: OutgoingHttpHeader): this {
    this.headers.set(name, String(value));
    return this;
  }

  appendHeader(name: string, value: string): this {
    const before = this.headers.get(name);
    return this.setHeader(name, before === undefined ? value : `${before}, ${value}`);
  }

  writeHead(status: number, headers: OutgoingHttpHeaders = {}): this {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.setHeader(name, value);
    }
    this.headersSent = true;
    this.post({ status, headers: Object.fromEntries(this.headers) });
    return this;
  }

  /** Copies: a writer uses the memory of its bytes again. */
  override _write(bytes: Buffer, _: BufferEncoding, written: () => void): void {
    for (let at = 0; at < bytes.length; ) {
      this.chunk ??= spare.pop() ?? new Uint8Array(new SharedArrayBuffer(CHUNK_BYTES));
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.filled);
      this.chunk.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === CHUNK_BYTES) this.send();
    }
    if (this.filled > 0) this.sending ??= setTimeout(() => this.send(), MAX_DELAY_MS);
    if (this.sent.length < MAX_SENT) written();
    else this.goOn = written;
  }

  override _final(done: () => void): void {
    this.send();
    this.post(END);
    if (this.sent.length === 0) done();
    else this.allFree = done;
  }

  private send(): void {
    clearTimeout(this.sending);
    this.sending = undefined;
    if (this.chunk === undefined) return;
    this.post(this.chunk.subarray(0, this.filled));
    this.sent.push(this.chunk);
    this.chunk = undefined;
    this.filled = 0;
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.sending);
    this.port.close();
    done(error);
  }

  /** Chunks become free in their order. The memory of those that never do is not used again. */
  private free(): void {
    const chunk = this.sent.shift();
    if (chunk !== undefined && spare.length < MAX_SPARE) spare.push(chunk);
    if (this.sent.length === 0) this.allFree?.();
    if (this.sent.length >= MAX_SENT) return;
    const { goOn } = this;
    this.goOn = undefined;
    goOn?.();
  }

  private post(part: AnswerPart): void {
    this.port.postMessage(part);
  }
}
