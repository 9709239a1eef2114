import type { Answer, Forwarder } from './forwarder.ts';

/** Pauses between attempts, in milliseconds. Each is 1.5 times as long as the previous one. */
export interface Backoff {
  readonly first: number;
  readonly longest: number;
}

const FACTOR = 1.5;
/** The share by which a pause varies, so that many processes do not retry at the same moment. */
const JITTER = 0.2;

export interface DeliveryOptions {
  /** Milliseconds for all attempts together. */
  readonly timeout: number;
  readonly backoff: Backoff;
}

/** Sends one request until the receiver accepts or refuses it, or time is up. (OTLP specification, "Retries") */
export class Delivery {
  private readonly forwarder: Forwarder;
  private readonly options: DeliveryOptions;
  private wake: () => void = () => {};
  private isHurried = false;

  constructor(forwarder: Forwarder, options: DeliveryOptions) {
    this.forwarder = forwarder;
    this.options = options;
  }

  /** Resolves to the last answer. Call it again only after that. */
  async send(request: Uint8Array): Promise<Answer> {
    const { timeout, backoff } = this.options;
    const deadline = performance.now() + timeout;
    this.isHurried = false;
    let next = backoff.first;
    for (;;) {
      const answer = await this.forwarder.attempt(
        request,
        Math.max(1, Math.ceil(deadline - performance.now())),
      );
      if (answer.outcome !== 'retryable') return answer;
      const own = next * (1 + (Math.random() * 2 - 1) * JITTER);
      next = Math.min(next * FACTOR, backoff.longest);
      const pause = Math.max(own, answer.wait ?? 0);
      if (performance.now() + pause >= deadline) return answer;
      await this.pause(pause);
    }
  }

  /** Ends the present pause, or skips the next one: a failed attempt is repeated at once. */
  hurry(): void {
    this.isHurried = true;
    this.wake();
  }

  private async pause(time: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.isHurried ? 0 : time);
    this.wake = resolve;
    await promise;
    clearTimeout(timer);
    this.wake = () => {};
    this.isHurried = false;
  }
}
