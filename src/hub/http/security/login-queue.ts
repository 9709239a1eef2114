import { networkOf } from '../network.ts';

/** Passwords that wait to be checked. */
const MAX_WAITING = 20;
/** Wrong passwords of a network that have no consequence. */
const FREE_FAILURES = 10;
/** Milliseconds after which a network's failures are forgotten, if there are no more. */
const FORGET_FAILURES_MS = 60_000;
/** Networks whose failures are remembered. */
const MAX_NETWORKS = 1000;
/** Idle time after each check for a network with too many failures, as a multiple of the check's own time. */
const PENALTY = 3;

/** A login whose password is not known yet. */
interface Login {
  /** The client's IP address. */
  readonly from: string | undefined;
  /** Whether the client still waits. */
  readonly isWanted: () => boolean;
  /** Whether the password is right. */
  readonly check: () => Promise<boolean>;
}

interface Waiting extends Login {
  readonly network: string;
  /** The lowest is next. */
  readonly rank: number;
  readonly resolve: (isRight: Promise<boolean> | undefined) => void;
}

/**
 * Checks passwords one at a time. A client's rank is the number of its network's failures and of its logins that
 * already wait: a client with one login goes ahead of those that try many, and takes the last one's place in a full
 * queue. Networks with many failures get a quarter of one processor, all together.
 */
export class LoginQueue {
  private readonly waiting: Waiting[] = [];
  private readonly failures = new Map<string, { count: number; last: number }>();
  private isChecking = false;
  /** When the next check for a network with too many failures may begin. */
  private penaltyUntil = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Whether the password is right; `undefined` when it was not checked because of the others that wait. */
  add(login: Login): Promise<boolean | undefined> {
    const network = networkOf(login.from);
    const own = this.waiting.filter((other) => other.network === network).length;
    const rank = this.failuresOf(network) + own;
    const { promise, resolve } = Promise.withResolvers<boolean | undefined>();
    if (this.waiting.length >= MAX_WAITING && !this.dropOneAbove(rank)) return Promise.resolve(undefined);
    this.waiting.push({ ...login, network, rank, resolve });
    void this.next();
    return promise;
  }

  private dropOneAbove(rank: number): boolean {
    const last = this.waiting.reduce((highest, other) => (other.rank >= highest.rank ? other : highest));
    if (last.rank <= rank) return false;
    this.take(last).resolve(undefined);
    return true;
  }

  private take(login: Waiting): Waiting {
    this.waiting.splice(this.waiting.indexOf(login), 1);
    return login;
  }

  private async next(): Promise<void> {
    if (this.isChecking || this.waiting.length === 0) return;
    const first = this.waiting.reduce((lowest, other) => (other.rank < lowest.rank ? other : lowest));
    if (!first.isWanted()) {
      this.take(first).resolve(undefined);
      return this.next();
    }
    clearTimeout(this.timer);
    const wait = this.isPenalized(first.network) ? this.penaltyUntil - performance.now() : 0;
    if (wait > 0) {
      this.timer = setTimeout(() => void this.next(), wait);
      return;
    }
    this.isChecking = true;
    await this.check(this.take(first));
    this.isChecking = false;
    return this.next();
  }

  private async check({ check, network, resolve }: Waiting): Promise<void> {
    const began = performance.now();
    const isRight = check();
    resolve(isRight);
    if (await isRight.catch(() => true)) return;
    const now = performance.now();
    this.addFailure(network, now);
    if (this.isPenalized(network)) this.penaltyUntil = now + PENALTY * (now - began);
  }

  private isPenalized(network: string): boolean {
    return this.failuresOf(network) > FREE_FAILURES;
  }

  private failuresOf(network: string): number {
    const known = this.failures.get(network);
    if (known === undefined) return 0;
    return performance.now() - known.last < FORGET_FAILURES_MS ? known.count : 0;
  }

  private addFailure(network: string, now: number): void {
    const count = this.failuresOf(network) + 1;
    // The one that failed last is last.
    this.failures.delete(network);
    this.failures.set(network, { count, last: now });
    const [oldest] = this.failures.keys();
    if (oldest !== undefined && this.failures.size > MAX_NETWORKS) this.failures.delete(oldest);
  }
}
