import { warnOnce } from '../../base/safely.ts';

/**
 * The name that metrics show instead of an identity: a key, an address, the id of a user. Only `aliases()` makes
 * one, so that no identity becomes an attribute's value by accident: there are too many, and they are private.
 */
export class Alias {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** Undefined for any other value, with a warning unless the value is undefined itself. */
  static nameOf(value: unknown): string | undefined {
    if (value instanceof Alias) return value.#name;
    if (value !== undefined) {
      warnOnce(
        'alias',
        'a client was given by its identity and not by an alias, and is left out of the metrics. Give those who ' +
          'should be told apart a name with aliases().',
      );
    }
    return undefined;
  }
}

/** Names by identity, or a function that knows them. */
export type Names =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>
  | ((identity: string) => string | undefined);

/**
 * Gives the few identities that should be told apart their names. The function it returns has an alias for
 * those and undefined for all others, who are counted together.
 *
 * ```ts
 * const tenants = aliases({ 'key-7f31': 'acme', 'key-02b8': 'globex' });
 * rateLimit.decision({ name: 'api', client: tenants(request.headers['x-api-key']) }, …);
 * ```
 */
export function aliases(names: Names): (identity: unknown) => Alias | undefined {
  const nameOf = typeof names === 'function' ? names : lookUp(names);
  return (identity) => {
    const name = typeof identity === 'string' ? nameOf(identity) : undefined;
    return name === undefined ? undefined : new Alias(name);
  };
}

function lookUp(
  names: Exclude<Names, (...args: never) => unknown>,
): (identity: string) => string | undefined {
  const map: ReadonlyMap<string, string> = names instanceof Map ? names : new Map(Object.entries(names));
  return (identity) => map.get(identity);
}
