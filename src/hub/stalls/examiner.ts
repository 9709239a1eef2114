import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import type { StackCells } from '../../model/stack-cells.ts';
import type { SeriesRegistry } from '../collect/series-registry.ts';
import { type Cause, causeOf, type Sample } from './cause.ts';
import { lineOf } from './line.ts';
import type { LoggedStall, StallLog } from './log.ts';
import { durationsByRoute, waitingRoutes } from './routes.ts';
import type { Stall, StallListener, Thread } from './stalls.ts';

/** The stalls of the main thread, and of worker threads, that are examined in this time (milliseconds). */
const MAX_EXAMINATIONS = 3;
const EXAMINATIONS_WITHIN_MS = 10_000;
/** Milliseconds between two stacks. */
const SAMPLE_INTERVAL_MS = 100;
/** Stacks of one stall. */
const MAX_SAMPLES = 50;
/** Milliseconds from the end of a stall until requests that waited for the loop have ended. */
const SETTLING_MS = 500;

const NS_PER_MS = 1_000_000;

/** Counts the causes: by `began` once for each stall, by `lasted` its seconds. */
export interface CauseCounter {
  began(thread: Thread, cause: Cause): void;
  lasted(thread: Thread, cause: Cause, seconds: number): void;
}

export interface ExaminerOptions {
  readonly log: StallLog;
  readonly counter: CauseCounter;
  /** One for each thread. */
  readonly registries: () => Iterable<SeriesRegistry>;
  /** Why no stall is examined; `undefined` if stalls are. */
  readonly obstacle: string | undefined;
}

/** One stall while it is examined. */
interface Examination {
  readonly stall: Stall;
  readonly record: LoggedStall;
  readonly cells: StackCells;
  readonly samples: Sample[];
  readonly durations: ReadonlyMap<string, number>;
  /** The request that has no answer yet, and when it was made, in nanoseconds of the monotonic clock. */
  request: number;
  askedAt: bigint;
  /** The time that the samples cover ends here. */
  coveredUntil: bigint;
  timer: NodeJS.Timeout | undefined;
  isReported: boolean;
}

/**
 * Finds what holds a stuck event loop: asks the thread for its stack, again and again while the stall lasts, and keeps
 * the last stalls in the log. Nothing is attached to a thread that is not stuck.
 */
export class StallExaminer implements StallListener {
  private readonly options: ExaminerOptions;
  private readonly cells = new Map<number, StackCells>();
  private readonly running = new Map<number, Examination>();
  /** When the last {@link MAX_EXAMINATIONS} began, the earliest first. */
  private readonly examinedAt = new Map<Thread['name'], readonly number[]>();
  /** By thread: until a stall that lasts is examined, which began too soon after others. */
  private readonly waiting = new Map<number, NodeJS.Timeout>();
  private requests = 0;

  constructor(options: ExaminerOptions) {
    this.options = options;
    // An earlier hub may have ended between the end of a stall and the count of its last seconds.
    for (const record of options.log.all) if (record.end !== undefined) this.count(record);
  }

  /** @returns a function that forgets the thread */
  add(thread: Thread, cells: StackCells): () => void {
    this.cells.set(thread.id, cells);
    return () => void this.cells.delete(thread.id);
  }

  began(stall: Stall): void {
    const { thread } = stall;
    const { log, obstacle } = this.options;
    const cells = this.cells.get(thread.id);
    const record = log.add(stall);
    const wait = this.untilNext(thread);
    if (obstacle !== undefined || cells === undefined || wait > 0) {
      record.unexplained =
        obstacle ?? `pitot examines ${MAX_EXAMINATIONS} stalls in ${EXAMINATIONS_WITHIN_MS / 1000} seconds`;
      if (obstacle === undefined && cells !== undefined) this.examineLater(stall, record, cells, wait);
    } else this.examine(stall, record, cells);
    log.changed();
  }

  /** Milliseconds until the thread may be examined. */
  private untilNext({ name }: Thread): number {
    const times = this.examinedAt.get(name) ?? [];
    const earliest = times.length < MAX_EXAMINATIONS ? undefined : times[0];
    return earliest === undefined ? 0 : earliest + EXAMINATIONS_WITHIN_MS - performance.now();
  }

  private examine(stall: Stall, record: LoggedStall, cells: StackCells): void {
    const { name } = stall.thread;
    const times = [...(this.examinedAt.get(name) ?? []), performance.now()];
    this.examinedAt.set(name, times.slice(-MAX_EXAMINATIONS));
    const now = process.hrtime.bigint();
    const examination: Examination = {
      ...{ stall, record, cells, samples: [], durations: durationsByRoute(this.options.registries()) },
      ...{ request: 0, askedAt: now, coveredUntil: now, timer: undefined, isReported: false },
    };
    this.running.set(stall.thread.id, examination);
    void this.ask(examination);
  }

  private examineLater(stall: Stall, record: LoggedStall, cells: StackCells, wait: number): void {
    const timer = setTimeout(() => {
      this.waiting.delete(stall.thread.id);
      record.unexplained = undefined;
      this.examine(stall, record, cells);
    }, wait).unref();
    this.waiting.set(stall.thread.id, timer);
  }

  ended(stall: Stall, end: bigint): void {
    const record = this.options.log.end(stall, end);
    clearTimeout(this.waiting.get(stall.thread.id));
    this.waiting.delete(stall.thread.id);
    const examination = this.running.get(stall.thread.id);
    const isExamined = examination?.stall === stall;
    // An earlier hub may have found the cause.
    if (!isExamined && record !== undefined) this.count(record);
    this.options.log.changed();
    if (!isExamined) return;
    this.running.delete(stall.thread.id);
    clearTimeout(examination.timer);
    this.take(examination, end);
    setTimeout(() => void this.report(examination), SETTLING_MS).unref();
  }

  private async ask(examination: Examination): Promise<void> {
    const { stall, record } = examination;
    try {
      // Node.js may have been built without the inspector.
      const { askMainThread, askWorker } = await import('./ask.ts');
      // A stall may end meanwhile.
      if (this.running.get(stall.thread.id) !== examination) return;
      this.requests++;
      examination.request = this.requests;
      examination.askedAt = process.hrtime.bigint();
      if (stall.thread.name === 'main') askMainThread(this.requests);
      else askWorker(stall.thread.id, this.requests);
    } catch (error) {
      record.unexplained = reasonOf(error);
      return;
    }
    this.schedule(examination);
  }

  /** Worker threads are made for work that blocks: one stack tells what a worker does, and a session costs more there. */
  private schedule(examination: Examination): void {
    examination.timer = setTimeout(() => {
      const isAnswered = this.take(examination, process.hrtime.bigint());
      const { samples, record, stall } = examination;
      const isEnough =
        record.unexplained !== undefined || samples.length >= MAX_SAMPLES || stall.thread.name === 'worker';
      if (!isAnswered) this.schedule(examination);
      else if (!isEnough) void this.ask(examination);
      else if (samples.length >= MAX_SAMPLES) void this.report(examination);
    }, SAMPLE_INTERVAL_MS).unref();
  }

  /** Takes the answer, if there is one from before `end`. */
  private take(examination: Examination, end: bigint): boolean {
    const { cells, request, record, askedAt, coveredUntil, samples } = examination;
    const answer = cells.read(request);
    // An earlier hub may have asked by the same number.
    if (answer === undefined || answer.time > end || answer.time < askedAt) return false;
    if (answer.isDebugged)
      record.unexplained = 'a debugger listens (node --inspect), and may have stopped it';
    else {
      const covers = Number(answer.time - coveredUntil) / NS_PER_MS;
      samples.push({ ...answer, covers, waited: Number(answer.time - askedAt) / NS_PER_MS });
      examination.coveredUntil = answer.time;
    }
    return true;
  }

  /** Once for a stall that goes on after its last stack, and at its end. */
  private async report(examination: Examination): Promise<void> {
    const { stall, record, samples, durations } = examination;
    const { counter, log, registries } = this.options;
    const isFirst = !examination.isReported;
    examination.isReported = true;
    if (record.end !== undefined)
      record.routes = waitingRoutes(durations, durationsByRoute(registries()), log.secondsOf(record));
    if (isFirst && record.unexplained === undefined) {
      const cause = await this.explain(record, samples);
      if (cause !== undefined) counter.began(stall.thread, cause);
    }
    const seconds = log.secondsOf(record);
    this.count(record);
    log.changed();
    if (!isFirst) return;
    const text = lineOf(record, seconds);
    if (stall.thread.name === 'main') diag.warn(text);
    else diag.debug(text);
  }

  /** Adds the seconds that were not counted yet to its cause. */
  private count(record: LoggedStall): void {
    const { cause, stall, counted } = record;
    if (cause === undefined) return;
    record.counted = this.options.log.secondsOf(record);
    this.options.counter.lasted(stall.thread, cause, record.counted - counted);
  }

  private async explain(record: LoggedStall, samples: readonly Sample[]): Promise<Cause | undefined> {
    const found = causeOf(samples);
    if (found === undefined) {
      record.unexplained =
        samples.length === 0
          ? 'it did not run JavaScript again before its end: a native call or garbage collection'
          : 'only Node.js itself was on the stack';
      return undefined;
    }
    const { withSources } = await import('./source-maps.ts');
    const [own = found.frames[0], ...callers] = await withSources(found.frames);
    record.cause = { ...found, frames: [own, ...callers] };
    return record.cause;
  }
}
