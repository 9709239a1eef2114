import { type Parser, text, textOf } from './parser.ts';
import type { WebConfigOptions } from './web-config.ts';

/** An endpoint must not be open because what should have secured it was misspelt: see cross-checks.ts. */
const OR_OFF = ', and the endpoint stays off until it is';

/** The path of a file that secures the endpoint. */
export function securingFile(): Parser<string> {
  return { ...text('path'), expected: `the path of a file${OR_OFF}` };
}

/** A web configuration. The hub checks its content. */
export function webConfigObject(): Parser<WebConfigOptions> {
  return {
    type: 'object',
    typescript: 'WebConfigOptions',
    expected: `an object of plain data, as the web configuration file holds it, without such a file${OR_OFF}`,
    parse(given) {
      const isMapping = typeof given === 'object' && given !== null && !Array.isArray(given);
      if (!isMapping || !isPlainData(given)) return undefined;
      return { value: structuredClone(given), complete: true };
    },
    show: () => 'an object',
  };
}

/** A value that can be posted to another thread. */
function isPlainData(given: unknown): boolean {
  if (typeof given === 'object' && given !== null) return Object.values(given).every(isPlainData);
  return typeof given !== 'function' && typeof given !== 'symbol';
}

/** Origins as browsers send them, or `*` for all. */
export function origins(): Parser<readonly string[]> {
  return listOf(originOf, {
    type: 'list of origins, or `*`',
    expected: 'a list of origins such as https://graphs.example:3000, or *',
  });
}

/** Host names without ports, or `*` for all. */
export function hostNames(): Parser<readonly string[]> {
  return listOf(hostNameOf, {
    type: 'list of host names, or `*`',
    expected: 'a list of host names such as metrics.example, without scheme and port, or *',
  });
}

function listOf(
  entryOf: (given: unknown) => string | undefined,
  { type, expected }: Pick<Parser<readonly string[]>, 'type' | 'expected'>,
): Parser<readonly string[]> {
  return {
    type,
    typescript: 'readonly string[]',
    expected,
    parse(given, { source }) {
      const entries = source === 'option' ? given : String(given).split(',');
      if (!Array.isArray(entries)) return undefined;
      const known = entries.map(entryOf).filter((entry) => entry !== undefined);
      return known.length === 0 && entries.length > 0
        ? undefined
        : { value: [...new Set(known)], complete: known.length === entries.length };
    },
    show: (value) => (value.length === 0 ? 'none' : value.join(', ')),
  };
}

function hostNameOf(given: unknown): string | undefined {
  const written = textOf(given)?.toLowerCase();
  return written !== undefined && /^(?:\*|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/.test(written)
    ? written
    : undefined;
}

function originOf(given: unknown): string | undefined {
  const written = textOf(given);
  if (written === undefined || written === '*') return written;
  const origin = URL.parse(written)?.origin;
  return origin === written || `${origin}/` === written ? origin : undefined;
}
