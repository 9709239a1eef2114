/** pitot gives at most this many different warnings, because it must remember each of them. */
const MAX_WARNINGS = 1000;

/** Passes each message on only once, although the same fault occurs in every scrape. */
export function warnOnce(warn: (message: string) => void): (message: string) => void {
  const given = new Set<string>();
  return (message) => {
    if (given.has(message) || given.size === MAX_WARNINGS) return;
    given.add(message);
    warn(message);
  };
}
