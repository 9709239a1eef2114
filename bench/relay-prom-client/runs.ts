import { queueDepth, queueWait } from './metrics.ts';

/** Runs tools one after the other, so that a busy client delays others and does not stop them. */
export class Runs {
  private readonly waiting: (() => Promise<void>)[] = [];
  private isBusy = false;

  get length(): number {
    return this.waiting.length;
  }

  add<T>(run: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const endTimer = queueWait.startTimer();
    this.waiting.push(() => {
      endTimer();
      return run().then(resolve, reject);
    });
    queueDepth.set(this.waiting.length);
    void this.work();
    return promise;
  }

  private async work(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) {
      queueDepth.set(this.waiting.length);
      await next();
    }
    this.isBusy = false;
  }
}
