import { BoundedValues } from '../../base/bounded-values.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import { Alias } from './aliases.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** Which attempt to authenticate is measured. */
export interface AuthAttemptOptions {
  /** `auth.method`: the kind of credentials: `password`, `api_key`, `oidc`, `mtls`, … */
  readonly method: string;
  /** `auth.client`: the alias of who tries; see `aliases()`. */
  readonly client?: Alias | undefined;
}

/**
 * Metrics of attempts to authenticate, by `auth.method`, `auth.outcome` (`success` or `failure`), for a
 * failure `error.type` and, if it was given, `auth.client`. The semantic conventions have none.
 *
 * - `auth.attempts` (counter, {attempt}): attempts that were decided.
 * - `auth.attempt.duration` (histogram, s): how long that took.
 */
export interface Auth {
  /**
   * Times one attempt. Credentials that are not accepted are a failure, also where nothing is thrown:
   *
   * ```ts
   * const user = await auth.attempt({ method: 'password' }, async (attempt) => {
   *   const user = await users.find(name);
   *   if (user === undefined) return attempt.fail('unknown_user');
   *   if (!(await matches(password, user.hash))) return attempt.fail('wrong_password');
   *   return user;
   * });
   * ```
   */
  readonly attempt: Timed<AuthAttemptOptions, Measured>;
}

/** Times attempts to authenticate: see {@link Auth}. */
export const auth: Auth = {
  attempt: timed('auth.attempt', (options) => new AttemptScope(options)),
};

const ATTEMPT = {
  'auth.method': {
    type: 'string',
    known: ['password', 'api_key', 'bearer', 'oidc', 'mtls'],
    description: 'The kind of credentials.',
  },
  'auth.outcome': ['success', 'failure'],
  'error.type': {
    type: 'string',
    optional: true,
    description: 'Of a failure: why it was refused, or the code or class of an error.',
  },
  'auth.client': { type: 'string', optional: true, description: 'The alias of who tries, if given.' },
} as const;

export const authMetrics = defineMetrics(
  'auth',
  {
    attempts: {
      kind: 'counter',
      unit: '{attempt}',
      description: 'Number of attempts to authenticate, by outcome.',
      attributes: ATTEMPT,
    },
    'attempt.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of attempts to authenticate.',
      attributes: ATTEMPT,
      boundaries: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Authentication',
    introduction: 'By `auth.attempt()` of `pitot/instruments`.',
  },
);

const methods = new BoundedValues('auth.method', /^[A-Za-z][\w.:/-]{0,63}$/);
const clients = new BoundedValues('auth.client', /^[^\s'"]{1,64}$/);

class AttemptScope extends Scope {
  private readonly state;

  constructor(options: Partial<AuthAttemptOptions>) {
    super();
    this.state = safely('auth.attempt', () => {
      const { attempts, 'attempt.duration': duration } = authMetrics;
      const alias = Alias.nameOf(options.client);
      const attempt = {
        'auth.method': methods.admit(options.method),
        ...(alias !== undefined && { 'auth.client': clients.admit(alias) }),
      };
      return { attempts, duration, attempt };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { attempts, duration, attempt } = this.state;
    const attributes =
      failure === undefined
        ? ({ ...attempt, 'auth.outcome': 'success' } as const)
        : ({ ...attempt, 'auth.outcome': 'failure', 'error.type': failure } as const);
    attempts.add(1, attributes);
    duration.record(seconds, attributes);
  }
}
