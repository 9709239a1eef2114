import { errorType } from '../../base/error-type.ts';
import { reasonOf } from '../../base/reason.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import { sourceMetrics, tellAges, watched } from './metrics.ts';

/**
 * Where the numbers come from. The signal is aborted at the deadline and when the observation is stopped;
 * an answer after that is not used.
 */
export type Ask<Given> = (signal: AbortSignal) => Given | Promise<Given>;

export interface SourceOptions {
  readonly name: string;
  /** Milliseconds. */
  readonly every: number;
  /** Milliseconds. */
  readonly timeout: number;
  readonly onError: 'keep' | 'drop';
}

/** Processes answers. */
export interface Receiver<R> {
  /** The readings of an answer. Throws for one that cannot be used. */
  read(answer: unknown): readonly R[];
  /** Takes the readings of each good answer. */
  take(readings: readonly R[]): void;
  /** Forgets the last readings. */
  drop(): void;
}

/** Asks again and again in the background, one question at a time. */
export class Source<R> {
  readonly name: string;
  private readonly ask: Ask<unknown>;
  private readonly options: SourceOptions;
  private readonly receiver: Receiver<R>;
  private answeredAt = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private question: AbortController | undefined;
  private isStopped = false;

  constructor(ask: Ask<unknown>, options: SourceOptions, receiver: Receiver<R>) {
    this.name = options.name;
    this.ask = ask;
    this.options = options;
    this.receiver = receiver;
  }

  /** Asks for the first time after the code that runs now, and keeps no process alive. */
  start(): void {
    watched.add(this);
    this.schedule(0);
  }

  stop(): void {
    this.isStopped = true;
    watched.delete(this);
    clearTimeout(this.timer);
    this.question?.abort(new DOMException(`the observation of ${this.name} was stopped`, 'AbortError'));
  }

  /** Seconds since the last good answer, or since the beginning while there was none. */
  age(): number {
    return (performance.now() - this.answeredAt) / 1000;
  }

  private schedule(milliseconds: number): void {
    this.timer = setTimeout(() => void this.run(), milliseconds);
    this.timer.unref();
  }

  private async run(): Promise<void> {
    const startedAt = performance.now();
    const question = new AbortController();
    this.question = question;
    safely('the metrics of sources', tellAges);
    const deadline = setTimeout(() => this.giveUp(question), this.options.timeout);
    deadline.unref();
    try {
      const readings = this.receiver.read(await this.ask(question.signal));
      if (!question.signal.aborted) this.succeed(readings);
    } catch (error) {
      if (!question.signal.aborted) this.fail(error);
    }
    clearTimeout(deadline);
    if (this.isStopped) return;
    // A question that took longer than its turn leaves out the turns it took.
    const { every } = this.options;
    this.schedule(every - ((performance.now() - startedAt) % every));
  }

  private giveUp(question: AbortController): void {
    if (question.signal.aborted) return;
    const { timeout } = this.options;
    const error = new DOMException(`there was no answer within ${timeout} ms`, 'TimeoutError');
    question.abort(error);
    this.fail(error);
  }

  private succeed(readings: readonly R[]): void {
    this.answeredAt = performance.now();
    safely(`the observation of ${this.name}`, () => this.receiver.take(readings));
  }

  private fail(error: unknown): void {
    const { name, options } = this;
    if (options.onError === 'drop') safely(`the observation of ${name}`, () => this.receiver.drop());
    safely(`the failures of ${name}`, () => {
      sourceMetrics.failures.add(1, { 'pitot.source.name': name, 'error.type': errorType(error) });
      const reason = reasonOf(error);
      warnOnce(
        `observe ${name}`,
        `the source ${name} failed (${reason}); its last values are ${options.onError === 'drop' ? 'dropped' : 'kept'} ` +
          `and it is asked again every ${options.every} ms. Further failures are counted in pitot.source.failures.`,
      );
    });
  }
}
