import { errorType } from '../../../base/error-type.ts';
import { safely } from '../../../base/safely.ts';
import { type CurrentDelivery, deliver } from '../../instruments/manual-delivery.ts';
import type { DeliverySeries } from './series.ts';

interface Outcome {
  readonly seconds: number;
  readonly error: string | undefined;
}

/** One message, or a batch, from when the application gets it until it is processed. Nothing here throws. */
export class Delivery implements CurrentDelivery {
  readonly system: string;
  isMeasuredManually = false;
  private readonly series: DeliverySeries;
  private readonly count: number;
  private readonly startedAt = performance.now();
  private hasCounted = false;
  private outcome: Outcome | undefined;

  constructor(system: string, series: DeliverySeries, count: number) {
    this.system = system;
    this.series = series;
    this.count = count;
  }

  /** Runs the application's callback. If it throws, the processing has failed. */
  run<R>(callback: () => R): R {
    try {
      return deliver(this, callback);
    } catch (error) {
      this.end(errorType(error));
      throw error;
    } finally {
      this.delivered();
    }
  }

  /** Counts the messages, unless the application does. */
  delivered(): void {
    if (this.hasCounted) return;
    this.hasCounted = true;
    if (this.isMeasuredManually) return;
    safely('a delivery of messages', () => this.series.delivered(this.count));
    if (this.outcome !== undefined) this.record(this.outcome);
  }

  /**
   * The processing ends. Only the first call counts.
   *
   * @param error `error.type`; undefined when it succeeded
   */
  end(error?: string): void {
    if (this.outcome !== undefined) return;
    this.outcome = { seconds: (performance.now() - this.startedAt) / 1000, error };
    // While the callback runs, the application may still measure the delivery itself.
    if (this.hasCounted && !this.isMeasuredManually) this.record(this.outcome);
  }

  private record({ seconds, error }: Outcome): void {
    safely('the processing of messages', () => this.series.processed(seconds, error));
  }
}
