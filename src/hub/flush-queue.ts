import type { FlushRequest } from '../channel/messages.ts';

/**
 * Flushes one after the other. Requests that arrive during a flush are served together by the next one, so that an
 * application which flushes after every request has at most one flush running and one waiting.
 */
export class FlushQueue {
  private readonly flush: (request: FlushRequest) => Promise<void>;
  private waiting: FlushRequest | undefined;
  private isRunning = false;

  /** @param flush does not reject */
  constructor(flush: (request: FlushRequest) => Promise<void>) {
    this.flush = flush;
  }

  async add(request: FlushRequest): Promise<void> {
    this.waiting = { ...request, isFinal: request.isFinal || this.waiting?.isFinal === true };
    if (this.isRunning) return;
    this.isRunning = true;
    while (this.waiting !== undefined) {
      const next: FlushRequest = this.waiting;
      this.waiting = undefined;
      await this.flush(next);
    }
    this.isRunning = false;
  }
}
