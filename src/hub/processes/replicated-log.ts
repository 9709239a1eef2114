import type { HrTime } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { MAX_ENDED_SERIES, Merger } from '../../model/merge.ts';
import { lasting } from '../../model/metric-key.ts';
import type { ProcessStall, StallView } from '../stalls/report.ts';
import type { Entry, LogCopy, ProcessDescription } from './messages.ts';
import { Outgoing } from './outgoing.ts';
import { endedStalls, stallsOf } from './service-stalls.ts';
import { ProcessState } from './state.ts';

/** So many ids of ended processes are remembered, so that no process counts again. */
const MAX_ENDED = 1000;

export interface LoggedProcess {
  readonly process: ProcessDescription;
  readonly state: ProcessState;
  /** Its last stalls, the newest first. */
  stalls: readonly StallView[];
}

/**
 * The counts of the service: the state of each live process, the totals of the ended ones, and their last stalls. The
 * leader appends entries. Its replicas append the same entries, so that one of them can continue
 * the log.
 */
export class ReplicatedLog {
  readonly processes = new Map<string, LoggedProcess>();
  private epoch: number;
  /** The version at which the present leader took over. */
  private origin: readonly [epoch: number, entries: number] = [0, 0];
  private entries = 0;
  private totals: readonly ScopeMetrics[] = [];
  /** The same, for merging. */
  private totalsState: { readonly of: readonly ScopeMetrics[]; readonly state: ProcessState } | undefined;
  private ended: string[] = [];
  private endedCount = 0;
  /** The last stalls of ended processes, the newest first. */
  endedStalls: readonly ProcessStall[] = [];
  private readonly merger = new Merger({}, MAX_ENDED_SERIES);

  constructor(epoch = 0) {
    this.epoch = epoch;
  }

  /**
   * The log that continues the copy.
   *
   * @throws when a part of the copy, which may come from another process, does not fit the rest
   */
  static from(copy: LogCopy): ReplicatedLog {
    const log = new ReplicatedLog(copy.epoch);
    log.entries = copy.entries;
    const totals = new ProcessState();
    totals.requireFit(copy.totals);
    totals.apply(copy.totals);
    log.totals = totals.scopeMetrics();
    log.ended = [...copy.ended];
    log.endedCount = copy.endedCount;
    log.endedStalls = copy.endedStalls ?? [];
    for (const { process, diff, stalls = [] } of copy.processes) {
      const entry: Entry = { type: 'state', process, isWhole: true, diff, stalls };
      log.requireFit(entry);
      log.append(entry);
    }
    log.entries = copy.entries;
    return log;
  }

  get version(): readonly [epoch: number, entries: number] {
    return [this.epoch, this.entries];
  }

  get endedProcesses(): number {
    return this.endedCount;
  }

  hasEnded(id: string): boolean {
    return this.ended.includes(id);
  }

  /** A new leader continues this log. */
  beginEpoch(epoch: number): void {
    this.origin = this.version;
    this.epoch = epoch;
  }

  append(entry: Entry): void {
    this.entries++;
    if (entry.type === 'ended') {
      this.end(entry.process);
      return;
    }
    const { process, isWhole, diff, stalls } = entry;
    if (this.hasEnded(process.id)) return;
    let known = this.processes.get(process.id);
    if (known === undefined || isWhole) {
      known = { process, state: new ProcessState(), stalls: known?.stalls ?? [] };
      this.processes.set(process.id, known);
    }
    known.state.apply(diff);
    if (stalls !== undefined) known.stalls = stalls;
  }

  /**
   * Checks an entry from another process before it is appended.
   *
   * @throws when it does not fit what the log has of its process
   */
  requireFit(entry: Entry): void {
    if (entry.type !== 'state') return;
    const known = entry.isWhole ? undefined : this.processes.get(entry.process.id);
    (known?.state ?? new ProcessState()).requireFit(entry.diff);
  }

  /**
   * Adopts what only another copy knows. This log keeps its own state of the processes that `isLive` names, and takes all
   * others from the copy that is further on.
   */
  adopt(copy: LogCopy, isLive: (id: string) => boolean): void {
    const other = ReplicatedLog.from(copy);
    this.adoptTotals(other);
    this.endedStalls = endedStalls(this.endedStalls, other.endedStalls);
    const [epoch, entries] = this.origin;
    const isFurther = copy.epoch > epoch || (copy.epoch === epoch && copy.entries > entries);
    for (const [id, known] of other.processes) {
      if (!isLive(id) && (isFurther || !this.processes.has(id))) this.processes.set(id, known);
    }
    for (const id of this.ended) this.processes.delete(id);
    this.entries++;
  }

  copy(time: number): LogCopy {
    const processes = [...this.processes.values()].map(({ process, state, stalls }) => ({
      process,
      diff: state.everything(time),
      stalls,
    }));
    const { epoch, entries, ended, endedCount, endedStalls: stalls } = this;
    const totals = new Outgoing().update(this.totals, { isComplete: true }).diff;
    return { epoch, entries, totals, ended, endedCount, endedStalls: stalls, processes };
  }

  /** The totals of the ended processes, as a source to merge. */
  get endedTotals(): ProcessState {
    if (this.totalsState?.of !== this.totals) {
      const outgoing = new Outgoing();
      outgoing.update(this.totals, { isComplete: true });
      this.totalsState = { of: this.totals, state: outgoing.state };
    }
    return this.totalsState.state;
  }

  /** Adds totals that have no process in common; otherwise takes those of more processes. */
  private adoptTotals(other: ReplicatedLog): void {
    const isApart = !other.ended.some((id) => this.hasEnded(id));
    if (isApart) this.totals = this.add([this.totals, other.totals]);
    else if (other.endedCount > this.endedCount) this.totals = other.totals;
    else return;
    this.endedCount = isApart ? this.endedCount + other.endedCount : other.endedCount;
    this.ended = isApart ? [...other.ended, ...this.ended].slice(-MAX_ENDED) : other.ended;
  }

  private end(id: string): void {
    const known = this.processes.get(id);
    if (this.hasEnded(id)) return;
    this.ended = [...this.ended, id].slice(-MAX_ENDED);
    this.endedCount++;
    if (known === undefined) return;
    this.processes.delete(id);
    const { process, stalls } = known;
    this.endedStalls = endedStalls(this.endedStalls, stallsOf({ pid: process.pid, stalls }));
    this.totals = this.add([this.totals, lasting(known.state.scopeMetrics())]);
  }

  private add(parts: readonly (readonly ScopeMetrics[])[]): ScopeMetrics[] {
    const now: HrTime = [0, 0];
    return this.merger.merge(
      parts.map((scopeMetrics) => ({ scopeMetrics })),
      now,
    );
  }
}
