import { diag } from '../../base/diag.ts';
import type { Accepted, Refused, Retryable } from './forwarder.ts';

/** Maximum number of different messages with partial successes that pitot logs. */
const MAX_REMARKS = 10;

/** Values of `error.type` for errors in the content of a request, as opposed to its sender or its path. */
const CONTENT_ERRORS: ReadonlySet<string> = new Set([
  '400',
  '422',
  '500',
  'INVALID_ARGUMENT',
  'INTERNAL',
  'UNKNOWN',
]);

/**
 * Logs when a receiver is away or refuses requests, and when it is back: once each. Logs the receiver's message about
 * rejected data points once.
 */
export class Availability {
  private readonly target: string;
  private readonly isDelta: boolean;
  /** The start of the trouble (milliseconds of the monotonic clock), and the outcomes that are already in the log. */
  private trouble: { readonly since: number; readonly told: Set<'retryable' | 'refused'> } | undefined;
  private lost = 0;
  private readonly remarks = new Set<string>();

  /** @param isDelta whether requests hold differences, which are lost if the receiver refuses them */
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
    if (this.remarks.has(message) || this.remarks.size === MAX_REMARKS) return;
    this.remarks.add(message);
    const what =
      rejected === 0 ? 'accepted all data points with a remark' : `rejected ${rejected} data points`;
    diag.warn(`${this.target} ${what}${message === '' ? '' : `: ${message}`}. This is said once.`);
  }

  /**
   * @param lost data points that no later export makes up for
   * @param doubtful returns the names in the request that the receiver may have refused
   */
  failed(
    { outcome, errorType, reason }: Retryable | Refused,
    lost: number,
    doubtful: () => readonly string[],
  ): void {
    this.lost += lost;
    this.trouble ??= { since: performance.now(), told: new Set() };
    if (this.trouble.told.has(outcome)) {
      diag.debug(`${this.target}: ${reason}`);
      return;
    }
    this.trouble.told.add(outcome);
    const names = outcome === 'refused' && CONTENT_ERRORS.has(errorType) ? doubtful() : [];
    const advice =
      names.length === 0
        ? ''
        : ` The request has names that many receivers cannot take: ${names.join(', ')}. Rename them, or leave the ` +
          'attributes out by a view.';
    diag.warn(`${this.consequence(outcome, reason)}${advice} This is said once.`);
  }

  private consequence(outcome: 'retryable' | 'refused', reason: string): string {
    const { target, isDelta } = this;
    if (outcome === 'retryable') {
      const kept = isDelta ? 'pitot keeps new values and sends them' : 'Totals keep counting and are sent';
      return `${target} takes no metrics: ${reason}. ${kept} when it does.`;
    }
    const effect = isDelta
      ? 'Refused values are lost (a refused request is not sent again)'
      : 'Totals keep counting, so that nothing is missing when it accepts them';
    return `${target} refuses metrics: ${reason}. ${effect}.`;
  }
}
