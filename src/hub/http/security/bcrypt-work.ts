/** A password to be checked, in a message to the thread that checks it. */
export interface PasswordWork {
  readonly password: string;
  readonly hash: string;
  /** The highest cost of all users' hashes, from 4 to 31. */
  readonly highestCost: number;
}

/** Salt and digest. The digest is zero, which no known password has. */
const UNKNOWN = `QOauhQNbBCuQDKes6eFzPe${'.'.repeat(31)}`;

/** A hash that no known password has. */
export function hashOfCost(cost: number): string {
  return `$2y$${String(cost).padStart(2, '0')}$${UNKNOWN}`;
}

/** The cost in a bcrypt hash: 2 to this power is the number of rounds. */
export function costOf(hash: string): number {
  return Number(hash.split('$')[2]);
}

/**
 * Whether the password has the hash. A wrong password takes as many rounds as the most expensive hash of all users,
 * so that the time does not tell users with different costs apart: 2ᶜ + 2ᶜ + 2ᶜ⁺¹ + … + 2ᵐ⁻¹ = 2ᵐ.
 */
export async function checkPassword(
  { password, hash, highestCost }: PasswordWork,
  compare: (password: string, hash: string) => Promise<boolean>,
): Promise<boolean> {
  if (await compare(password, hash)) return true;
  for (let cost = costOf(hash); cost < highestCost; cost++) await compare(password, hashOfCost(cost));
  return false;
}
