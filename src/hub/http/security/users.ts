import { setImmediate } from 'node:timers/promises';
import { BcryptThread } from './bcrypt-thread.ts';
import { costOf, hashOfCost, type PasswordWork } from './bcrypt-work.ts';
import { LoginQueue } from './login-queue.ts';

/** Whether a user's password is right, or was not checked because too many others wait. */
export type Verdict = 'right' | 'wrong' | 'busy';

/** Wrong passwords that are remembered. Each user has one right one. */
const MAX_WRONG = 100;
const USUAL_COST = 10;

interface Attempt {
  readonly user: string;
  readonly password: string;
  /** The client's IP address. */
  readonly from?: string | undefined;
  /** Whether the client still waits. */
  readonly isWanted?: () => boolean;
}

/** One check for all clients that wait for it. */
interface PendingCheck {
  /** `undefined`: too many others wait. */
  readonly isRight: Promise<boolean | undefined>;
  /** Whether each of them still waits. */
  readonly isWanted: (() => boolean)[];
  /** When the next of them is let go. */
  turn: Promise<void>;
}

/** @param users bcrypt hashes by name, as they are in force now */
export type PasswordCheck = (users: ReadonlyMap<string, string>, attempt: Attempt) => Promise<Verdict>;

/**
 * Checks passwords against their bcrypt hashes. It remembers the results, as exporter-toolkit does, so that a scraper
 * pays for bcrypt once and then never waits; it does not keep passwords. The time for a wrong password is the same for
 * each user, also for an unknown one.
 *
 * @param check whether a password has a hash; a thread does it by default
 */
export function createPasswordCheck(
  check: (work: PasswordWork) => Promise<boolean> = new BcryptThread().check,
): PasswordCheck {
  let secret: Uint8Array | undefined;
  const right = new Map<string, string>();
  const wrong = new Set<string>();
  const pending = new Map<string, PendingCheck>();
  const queue = new LoginQueue();

  return async (users, { user, password, from, isWanted = () => true }) => {
    // Loaded on demand: most endpoints have no passwords.
    const { createHmac, randomBytes } = process.getBuiltinModule('node:crypto');
    secret ??= randomBytes(32);
    const own = users.get(user);
    const highestCost = Math.max(...Array.from(users.values(), (hash) => costOf(hash) || USUAL_COST));
    const hash = own ?? hashOfCost(highestCost);
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    if (own !== undefined && right.get(user) === key) return 'right';
    if (wrong.has(key)) return 'wrong';

    let shared = pending.get(key);
    if (shared === undefined) {
      const work = { password, hash, highestCost };
      const all = [isWanted];
      const login = { from, isWanted: () => all.some((one) => one()), check: () => check(work) };
      const isRight = queue.add(login).finally(() => pending.delete(key));
      shared = { isRight, isWanted: all, turn: Promise.resolve() };
      pending.set(key, shared);
    } else shared.isWanted.push(isWanted);
    const isRight = await shared.isRight;
    if (isRight === undefined) return 'busy';
    // All at once they would be more than the endpoint answers at a time.
    shared.turn = shared.turn.then(() => setImmediate());
    await shared.turn;
    if (isRight && own !== undefined) {
      right.set(user, key);
      return 'right';
    }
    const [oldest] = wrong;
    if (oldest !== undefined && wrong.size >= MAX_WRONG) wrong.delete(oldest);
    wrong.add(key);
    return 'wrong';
  };
}
