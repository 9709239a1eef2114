import { errorType } from '../../base/error-type.ts';
import { safely } from '../../base/safely.ts';
import type { Measured } from './timed.ts';

/**
 * Something that is timed from its construction to its end. None of its methods throws, not even one that
 * was taken off its object.
 */
export abstract class Scope implements Measured {
  protected readonly startedAt = performance.now();
  protected hasEnded = false;
  private failure: string | undefined;

  fail(error: unknown): void {
    safely('fail()', () => {
      this.failure ??= errorType(error);
    });
  }

  end(): void {
    safely('the end of a measurement', () => {
      if (this.hasEnded) return;
      this.hasEnded = true;
      this.record((performance.now() - this.startedAt) / 1000, this.failure);
    });
  }

  [Symbol.dispose](): void {
    safely('the end of a measurement', () => this.end());
  }

  /** Called once, at the end; `failure` is the `error.type`, or undefined when nothing failed. */
  protected abstract record(seconds: number, failure: string | undefined): void;
}
