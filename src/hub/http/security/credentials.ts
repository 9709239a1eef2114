import type { IncomingMessage } from 'node:http';
import { isToken } from './tokens.ts';
import type { PasswordCheck, Verdict } from './users.ts';

/** The users and tokens that a request can have. Where there are none, every request is let in. */
export interface Accounts {
  readonly users: ReadonlyMap<string, string>;
  readonly tokens: readonly string[];
}

/** Whether a request's `Authorization` has one of the accounts. (RFC 7617, RFC 6750) */
export async function authenticate(
  { headers, socket }: IncomingMessage,
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
      return await isPassword(users, {
        user: text.slice(0, colon),
        password: text.slice(colon + 1),
        from: socket.remoteAddress,
        isWanted: () => !socket.destroyed,
      });
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
