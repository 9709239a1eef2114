import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { type AnswerPart, END, WINDOW_BYTES } from '../../channel/requests.ts';
import type { Reply } from './routing.ts';

/** Bytes of a chunk: each costs the application's thread a message, whatever its size. */
const CHUNK_BYTES = 128 * 1024;
/** Milliseconds after which a chunk is sent although it is not full. */
const MAX_DELAY_MS = 5;

/**
 * A response that goes to a thread of the application over a port; src/channel/requests.ts shows the steps. A writer
 * waits while {@link WINDOW_BYTES} are not confirmed.
 */
export class PortReply extends Writable implements Reply {
  headersSent = false;
  private readonly port: MessagePort;
  private readonly headers = new Map<string, string>();
  private readonly left = new AbortController();
  private chunk = new Uint8Array(CHUNK_BYTES);
  private filled = 0;
  private sending: NodeJS.Timeout | undefined;
  private unconfirmed = 0;
  private goOn: (() => void) | undefined;

  constructor(port: MessagePort) {
    super();
    this.port = port;
    port.on('message', (bytes: number) => this.confirm(bytes));
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
      const part = bytes.subarray(at, at + CHUNK_BYTES - this.filled);
      this.chunk.set(part, this.filled);
      this.filled += part.length;
      at += part.length;
      if (this.filled === CHUNK_BYTES) this.send();
    }
    if (this.filled > 0) this.sending ??= setTimeout(() => this.send(), MAX_DELAY_MS);
    if (this.unconfirmed < WINDOW_BYTES) written();
    else this.goOn = written;
  }

  override _final(done: () => void): void {
    this.send();
    this.post(END);
    done();
  }

  private send(): void {
    clearTimeout(this.sending);
    this.sending = undefined;
    if (this.filled === 0) return;
    // A short chunk keeps its memory, and only a copy of its own size crosses.
    const sent = this.filled === CHUNK_BYTES ? this.chunk : this.chunk.slice(0, this.filled);
    if (sent === this.chunk) this.chunk = new Uint8Array(CHUNK_BYTES);
    this.filled = 0;
    this.unconfirmed += sent.length;
    this.post(sent, [sent.buffer]);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.sending);
    this.port.close();
    done(error);
  }

  private confirm(bytes: number): void {
    this.unconfirmed -= bytes;
    if (this.unconfirmed >= WINDOW_BYTES) return;
    const { goOn } = this;
    this.goOn = undefined;
    goOn?.();
  }

  private post(part: AnswerPart, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(part, transfer);
  }
}
