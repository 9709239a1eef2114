/** More than this many different warnings are not remembered, and not given. */
const LIMIT = 1000;

/** Passes each message on once, so that what is wrong in every scrape is said in the first only. */
export function warnOnce(warn: (message: string) => void): (message: string) => void {
  const given = new Set<string>();
  return (message) => {
    if (given.has(message) || given.size === LIMIT) return;
    given.add(message);
    warn(message);
  };
}
