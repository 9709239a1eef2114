import type { IncomingMessage } from 'node:http';
import { isToken } from './tokens.ts';
import type { Verdict } from './users.ts';

/** Who is let in: a user with a password, or whoever has one of the tokens. Nobody needs to where both are empty. */
export interface Accounts {
  readonly users: ReadonlyMap<string, string>;
  readonly tokens: readonly string[];
}

type PasswordCheck = (users: Accounts['users'], user: string, password: string) => Promise<Verdict>;

/** Whether a request's `Authorization` is that of one who is let in. (RFC 7617, RFC 6750) */
export async function authenticate(
  { headers }: IncomingMessage,
  { users, tokens }: Accounts,
  isPassword: PasswordCheck,
): Promise<Verdict> {
  const [, scheme = '', given = ''] = /^(\S+) +(\S+)$/.exec(headers.authorization ?? '') ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return isToken(tokens, given) ? 'right' : 'wrong';
    case 'basic': {
      const text = Buffer.from(given, 'base64').toString();
      const colon = text.indexOf(':');
      if (users.size === 0 || colon === -1) return 'wrong';
      return await isPassword(users, text.slice(0, colon), text.slice(colon + 1));
    }
    default:
      return 'wrong';
  }
}

/** The schemes that a client can answer a 401 with. */
export function challenges({ users, tokens }: Accounts): string[] {
  return [
    ...(users.size > 0 ? ['Basic realm="pitot", charset="UTF-8"'] : []),
    ...(tokens.length > 0 ? ['Bearer realm="pitot"'] : []),
  ];
}
