import type { Attributes } from '@opentelemetry/api';
import { OVERFLOW_ATTRIBUTE } from '../../model/series-limit.ts';
import type { Cause } from './cause.ts';
import type { CauseCounter } from './examiner.ts';
import { fileOf, functionOf } from './frame.ts';
import type { Thread } from './stalls.ts';

/** Series of the counters: functions and files are the application's. */
const MAX_CAUSES = 200;

/** The stalls with one cause, and their time. */
export interface CauseTotal {
  readonly attributes: Attributes;
  stalls: number;
  seconds: number;
}

/** Counts causes by function and file, at most {@link MAX_CAUSES}. Another hub of the process goes on with the counts. */
export class CauseTotals implements CauseCounter {
  private readonly totals: Map<string, CauseTotal>;

  /** @param earlier the totals of an earlier hub of this process */
  constructor(earlier: readonly CauseTotal[] = []) {
    this.totals = new Map(earlier.map((total) => [keyOf(total.attributes), total]));
  }

  get all(): readonly CauseTotal[] {
    return [...this.totals.values()];
  }

  began(thread: Thread, cause: Cause): void {
    this.totalOf(thread, cause).stalls++;
  }

  lasted(thread: Thread, cause: Cause, seconds: number): void {
    this.totalOf(thread, cause).seconds += seconds;
  }

  private totalOf({ name }: Thread, { frames: [own] }: Cause): CauseTotal {
    const attributes = {
      'thread.name': name,
      'code.function.name': functionOf(own),
      'code.file.path': fileOf(own),
    };
    return this.known(attributes) ?? this.known(OVERFLOW) ?? this.add(attributes);
  }

  private known(attributes: Attributes): CauseTotal | undefined {
    return this.totals.get(keyOf(attributes));
  }

  private add(attributes: Attributes): CauseTotal {
    const total = {
      attributes: this.totals.size < MAX_CAUSES - 1 ? attributes : OVERFLOW,
      ...{ stalls: 0, seconds: 0 },
    };
    this.totals.set(keyOf(total.attributes), total);
    return total;
  }
}

const OVERFLOW: Attributes = { [OVERFLOW_ATTRIBUTE]: true };

function keyOf(attributes: Attributes): string {
  return JSON.stringify(attributes);
}
