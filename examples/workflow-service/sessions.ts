import { randomUUID, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { aliases, auth, session } from 'pitot/instruments';

/** A user who has logged in. */
export interface UserSession {
  readonly id: string;
  readonly user: string;
  end(): void;
}

/** All users with their passwords. */
const PASSWORDS: ReadonlyMap<string, string> = new Map([
  ['ada', 'analytical'],
  ['grace', 'compiler'],
]);

/** Metrics tell only named users apart: one team has a name, all others have none. */
export const teamOf = aliases({ ada: 'research' });

/** All sessions that are logged in. */
export class Sessions {
  private readonly open = new Map<string, UserSession>();
  private readonly status = session.manager({ states: ['open', 'draining', 'closed'], state: 'open' });

  /** Returns undefined if the user or the password is wrong. */
  async logIn(user: string, password: string): Promise<UserSession | undefined> {
    const isRight = await auth.attempt({ method: 'password' }, async (attempt) => {
      const expected = PASSWORDS.get(user);
      if (expected === undefined) attempt.fail('unknown_user');
      else if (!(await isSame(password, expected))) attempt.fail('wrong_password');
      else return true;
      return false;
    });
    return isRight
      ? session.creation({ kind: 'user', client: teamOf(user) }, () => this.create(user))
      : undefined;
  }

  /** The session that a request names; undefined if there is none. */
  find(authorization: string | undefined): UserSession | undefined {
    return auth.attempt({ method: 'session' }, (attempt) => {
      const found = this.open.get(authorization?.replace('Bearer ', '') ?? '');
      if (found === undefined) attempt.fail('no_session');
      return found;
    });
  }

  /** Returns whether the session existed. */
  logOut(id: string): boolean {
    const found = this.open.get(id);
    found?.end();
    return found !== undefined;
  }

  close(): void {
    this.status.set('draining');
    for (const { end } of this.open.values()) end();
    this.status.set('closed');
  }

  private create(user: string): UserSession {
    const id = randomUUID();
    const life = session.lifetime({ kind: 'user', client: teamOf(user) });
    const end = () => {
      this.open.delete(id);
      life.end();
    };
    const created = { id, user, end };
    this.open.set(id, created);
    return created;
  }
}

/** Takes equally long for a wrong and for the right password. */
async function isSame(password: string, expected: string): Promise<boolean> {
  const derive = (text: string) => promisify<string, string, number, Buffer>(scrypt)(text, 'salt', 32);
  return timingSafeEqual(await derive(password), await derive(expected));
}
