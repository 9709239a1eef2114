import type { BridgedMetric } from '../bridged-metric.ts';
import type { Recorded } from './base-metric.ts';
import { type Polled, poll, stopPolling } from './collecting.ts';
import type { Labels } from './labels.ts';

/** A summary in the recorder, in its state at the last collection: the hub cannot read digests. */
export class SummaryRecording implements Recorded, Polled {
  readonly name: string;
  readonly kind = 'gauge';
  private readonly bridged: BridgedMetric;
  private defaults: Labels;

  constructor(name: string, bridged: BridgedMetric, defaults: Labels) {
    this.name = name;
    this.bridged = bridged;
    this.defaults = defaults;
    poll(this);
  }

  collect(): unknown {
    return this.bridged.collect();
  }

  read(now: number): Iterator<unknown> {
    return this.bridged.read(this.defaults, now);
  }

  relabel(defaults: Labels): void {
    this.defaults = defaults;
  }

  stop(): void {
    stopPolling(this);
    this.bridged.clear();
  }
}
