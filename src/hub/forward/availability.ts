import { diag } from '../../base/diag.ts';
import type { Accepted, Refused, Retryable } from './forwarder.ts';

/** Different things a receiver said with partial successes that are told; what comes after is not. */
const MOST_REMARKS = 10;

/**
 * Tells, once each time, that a receiver is away or refuses what it is sent, and that it is back. What it
 * says of data points it rejects is told once.
 */
export class Availability {
  private readonly target: string;
  private readonly isDelta: boolean;
  /** Since when it takes nothing (milliseconds of the monotonic clock), and what of that has been told. */
  private trouble: { readonly since: number; readonly told: Set<'retryable' | 'refused'> } | undefined;
  private lost = 0;
  private readonly remarks = new Set<string>();

  /** @param isDelta whether what is sent are differences, so that what is refused is lost */
  constructor(target: string, isDelta: boolean) {
    this.target = target;
    this.isDelta = isDelta;
  }

  get isInTrouble(): boolean {
    return this.trouble !== undefined;
  }

  accepted({ rejected, message }: Accepted): void {
    if (this.trouble !== undefined) {
      const time = Math.round((performance.now() - this.trouble.since) / 1000);
      const lost = this.lost === 0 ? 'nothing is missing' : `${this.lost} data points are lost`;
      diag.info(`${this.target} takes metrics again, after ${time} s: ${lost}.`);
      this.trouble = undefined;
      this.lost = 0;
    }
    if (rejected === 0 && message === '') return;
    if (this.remarks.has(message) || this.remarks.size === MOST_REMARKS) return;
    this.remarks.add(message);
    const what =
      rejected === 0 ? 'accepted all data points with a remark' : `rejected ${rejected} data points`;
    diag.warn(`${this.target} ${what}${message === '' ? '' : `: ${message}`}. This is said once.`);
  }

  /** @param lost data points that no later export makes up for */
  failed({ outcome, reason }: Retryable | Refused, lost: number): void {
    this.lost += lost;
    this.trouble ??= { since: performance.now(), told: new Set() };
    if (this.trouble.told.has(outcome)) {
      diag.debug(`${this.target}: ${reason}`);
      return;
    }
    this.trouble.told.add(outcome);
    diag.warn(`${this.consequence(outcome, reason)} This is said once.`);
  }

  private consequence(outcome: 'retryable' | 'refused', reason: string): string {
    const { target, isDelta } = this;
    if (outcome === 'retryable') {
      const kept = isDelta ? 'What is recorded meanwhile is kept and sent' : 'Totals go on and are sent';
      return `${target} takes no metrics: ${reason}. ${kept} when it does.`;
    }
    const effect = isDelta
      ? 'What it refuses is lost (OTLP forbids to send it again)'
      : 'Totals go on, so that nothing is missing when it accepts them';
    return `${target} refuses metrics: ${reason}. ${effect}.`;
  }
}
