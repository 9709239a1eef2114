import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { type AnswerPart, END, WINDOW_BYTES } from '../../channel/requests.ts';
import type { Reply } from './routing.ts';

/**
 * A response that goes to a thread of the application over a port; src/channel/requests.ts shows the steps. A writer
 * waits while {@link WINDOW_BYTES} are not confirmed.
 */
export class PortReply extends Writable implements Reply {
  headersSent = false;
  private readonly port: MessagePort;
  private readonly headers = new Map<string, string>();
  private readonly left = new AbortController();
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

  override _write(chunk: Buffer, _: BufferEncoding, written: () => void): void {
    // The writer uses the memory of its chunk again.
    const copy = new Uint8Array(chunk);
    this.unconfirmed += copy.length;
    this.post(copy, [copy.buffer]);
    if (this.unconfirmed < WINDOW_BYTES) written();
    else this.goOn = written;
  }

  override _final(done: () => void): void {
    this.post(END);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
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
