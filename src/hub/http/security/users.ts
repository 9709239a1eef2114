import { createHmac, randomBytes } from 'node:crypto';

/** Whether a user's password is right, or that as many are being checked as may wait. */
export type Verdict = 'right' | 'wrong' | 'busy';

/** Passwords that may wait for their turn; each takes about a tenth of a second of the hub's time. */
const MAX_WAITING = 20;
/** Wrong passwords that are remembered. Right ones all are: there is one a user. */
const MAX_WRONG = 100;

/** Salt and digest of no password that anybody knows. */
const NOBODY = 'QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';
const USUAL_COST = '10';

/**
 * Checks passwords against their bcrypt hashes, one at a time. What was found out is remembered, as in
 * exporter-toolkit, so that a scraper pays for bcrypt once; passwords themselves are not kept. A user who
 * does not exist takes as long as the one whose hash costs the most.
 *
 * @returns whether the password is the user's, by the hashes that are in force now
 */
export function createPasswordCheck(): (
  users: ReadonlyMap<string, string>,
  user: string,
  password: string,
) => Promise<Verdict> {
  const secret = randomBytes(32);
  const right = new Map<string, string>();
  const wrong = new Set<string>();
  const inTurn = new Map<string, Promise<boolean>>();
  let turn: Promise<unknown> = Promise.resolve();

  function check(hash: string, password: string): Promise<boolean> {
    const result = turn.then(async () => {
      const { compare } = await import('bcryptjs');
      return await compare(password, hash);
    });
    turn = result.catch(() => {});
    return result;
  }

  return async (users, user, password) => {
    const own = users.get(user);
    const hash = own ?? `$2y$${highestCost(users)}$${NOBODY}`;
    const key = createHmac('sha256', secret)
      .update(JSON.stringify([user, hash, password]))
      .digest('base64');
    if (own !== undefined && right.get(user) === key) return 'right';
    if (wrong.has(key)) return 'wrong';

    let checked = inTurn.get(key);
    if (checked === undefined) {
      if (inTurn.size === MAX_WAITING) return 'busy';
      checked = check(hash, password).finally(() => inTurn.delete(key));
      inTurn.set(key, checked);
    }
    if ((await checked) && own !== undefined) {
      right.set(user, key);
      return 'right';
    }
    const [oldest] = wrong;
    if (oldest !== undefined && wrong.size >= MAX_WRONG) wrong.delete(oldest);
    wrong.add(key);
    return 'wrong';
  };
}

/** As in a hash, with two digits. */
function highestCost(users: ReadonlyMap<string, string>): string {
  const costs = Array.from(users.values(), (hash) => hash.split('$')[2] ?? USUAL_COST);
  return costs.sort().at(-1) ?? USUAL_COST;
}
