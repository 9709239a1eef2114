import { Worker } from 'node:worker_threads';
import { moduleOfPackage } from '../../../base/package-files.ts';
import type { PasswordWork } from './bcrypt-work.ts';

/** Milliseconds without work after which the thread ends and gives its memory back. */
const IDLE_TIMEOUT_MS = 5000;
/** Limits of the thread's heap. */
const HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

/**
 * Checks passwords in a thread of its own: bcrypt takes about 70 ms of a processor, and the hub answers scrapes and
 * health probes meanwhile. The thread starts with the first check and ends when there is nothing to check.
 */
export class BcryptThread {
  private thread: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** One check at a time. Rejects when the thread cannot be had or ends; the next check starts another thread. */
  readonly check = async (work: PasswordWork): Promise<boolean> => {
    clearTimeout(this.timer);
    const thread = this.thread ?? this.start();
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const ended = () => reject(new Error('the thread that checks passwords has ended'));
    thread.on('message', resolve).on('error', reject).on('exit', ended);
    thread.ref();
    thread.postMessage(work);
    try {
      return await promise;
    } finally {
      thread.off('message', resolve).off('error', reject).off('exit', ended);
      thread.unref();
      this.timer = setTimeout(() => this.end(), IDLE_TIMEOUT_MS).unref();
    }
  };

  private start(): Worker {
    const thread = new Worker(moduleOfPackage('hub/http/security/password-thread'), {
      name: 'pitot-passwords',
      resourceLimits: HEAP,
      execArgv: [],
      env: { NODE_OPTIONS: '' },
    });
    this.thread = thread;
    const forget = () => {
      if (this.thread === thread) this.thread = undefined;
    };
    // An idle thread's `error` without a listener would end the hub.
    return thread.on('error', forget).on('exit', forget);
  }

  private end(): void {
    void this.thread?.terminate();
    this.thread = undefined;
  }
}
