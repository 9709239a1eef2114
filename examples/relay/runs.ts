import { type Observation, queue } from 'pitot/instruments';

const RUNS = { system: 'memory', name: 'runs' };

/** Runs tools one after the other, so that a busy client delays others and does not stop them. */
export class Runs {
  private readonly waiting: (() => Promise<void>)[] = [];
  private readonly depth: Observation;
  private isBusy = false;

  constructor() {
    this.depth = queue.depth({ ...RUNS, read: () => this.waiting.length, every: 1000 });
  }

  get length(): number {
    return this.waiting.length;
  }

  add<T>(run: () => Promise<T>): Promise<T> {
    const since = Date.now();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.waiting.push(() => queue.processing({ ...RUNS, since }, run).then(resolve, reject));
    void this.work();
    return promise;
  }

  close(): void {
    this.depth.stop();
  }

  private async work(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) await next();
    this.isBusy = false;
  }
}
