/** Something given that cannot be used as it was given. */
export interface Fault {
  /** The setting's option name, or the unknown name that was given. */
  readonly setting: string;
  /** One line: what was given and where (never a secret), what was expected, and what is used now. */
  readonly text: string;
}

/** One clear text: each fault a line that begins with `pitot: `. */
export function formatFaults(faults: readonly Fault[]): string {
  return faults.map(({ text }) => `pitot: ${text}`).join('\n');
}

const LONGEST_SHOWN = 120;

/** The given value, on one line of bounded length. It shows nothing of objects. */
export function showGiven(given: unknown): string {
  return shorten(Array.isArray(given) ? `[${given.map(showValue).join(', ')}]` : showValue(given));
}

function showValue(given: unknown): string {
  switch (typeof given) {
    case 'string':
      return JSON.stringify(shorten(given));
    case 'number':
    case 'boolean':
      return String(given);
    case 'object':
      if (given === null) return 'null';
      return Array.isArray(given) ? 'an array' : 'an object';
    default:
      return `a ${typeof given}`;
  }
}

function shorten(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/** A fault for an unknown name. It suggests the most similar known name, or else lists all. */
export function unknownName(kind: string, name: string, known: readonly string[]): Fault {
  const shown = /^\w+$/.test(name) ? shorten(name) : showGiven(name);
  const near = nearest(name, known);
  const remedy = near === undefined ? `known are ${known.join(', ')}` : `did you mean ${near}?`;
  return {
    setting: name,
    text: `${kind} ${shown} is not a setting of pitot and is ignored; ${remedy}`,
  };
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const furthest = Math.max(2, Math.floor(name.length / 4));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > furthest) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= furthest && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** How many characters must be inserted, deleted or replaced to make one text the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
