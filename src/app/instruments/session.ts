import { BoundedValues } from '../../base/bounded-values.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import { Alias } from './aliases.ts';
import { Scope } from './scope.ts';
import { type Status, stateSet } from './state-set.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** Which kind of session is measured, and whose. */
export interface SessionOptions {
  /** `session.kind`: what sort of session it is, as `browser` or `api`; never whose or which. */
  readonly kind: string;
  /** `session.client`: the alias of who has the session; see `aliases()`. */
  readonly client?: Alias | undefined;
}

/** The states of a session manager. */
export interface SessionManagerOptions<State extends string> {
  /** `session.manager.name`, where a service has more than one. */
  readonly name?: string | undefined;
  /** All the states that it can be in. */
  readonly states: readonly State[];
  /** The state that it is in now; none of them unless told otherwise. */
  readonly state?: State | undefined;
}

/**
 * Metrics of sessions, whatever they are in a service: log-ins, shopping baskets, conversations. The
 * semantic conventions have none but the attribute `session.id`, which is no attribute of a metric. All have
 * `session.kind` and, if it was given, `session.client`.
 *
 * - `session.created` (counter, {session}): by `session.outcome`, `success` or `failure` with `error.type`.
 * - `session.creation.duration` (histogram, s): how long that took, likewise.
 * - `session.active` (up-down counter, {session}): sessions that are alive.
 * - `session.duration` (histogram, s): how long those that ended had lived; `error.type` on those that
 *   were ended by an error.
 * - `session.manager.status` (gauge): 1 for the state that the manager is in and 0 for each other, by
 *   `session.manager.state`.
 */
export interface Session {
  /** Times the making of one session, from the request for it to the moment it can be used. */
  readonly creation: Timed<SessionOptions, Measured>;
  /**
   * Times the life of one session, which is active from this call until its end.
   *
   * ```ts
   * const life = session.lifetime({ kind: 'browser' });
   * sessions.set(id, { user, end: () => life.end() });
   * ```
   */
  readonly lifetime: Timed<SessionOptions, Measured>;
  /** The status of what looks after the sessions. */
  manager<const State extends string>(options: SessionManagerOptions<State>): Status<State>;
}

/** Measures sessions: creation, lifetime and their manager. See {@link Session}. */
export const session: Session = {
  creation: timed('session.creation', (options) => new CreationScope(options)),
  lifetime: timed('session.lifetime', (options) => new LifetimeScope(options)),
  manager,
};

const WHOSE = {
  'session.kind': { type: 'string', description: 'What sort of session it is.' },
  'session.client': { type: 'string', optional: true, description: 'The alias of who has it, if given.' },
} as const;

const CREATION = {
  ...WHOSE,
  'session.outcome': ['success', 'failure'],
  'error.type': { type: 'string', optional: true, description: 'Of a failure: its code or class.' },
} as const;

export const sessionMetrics = defineMetrics(
  'session',
  {
    created: {
      kind: 'counter',
      unit: '{session}',
      description: 'Number of sessions that were asked for, by outcome.',
      attributes: CREATION,
    },
    'creation.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of the creation of sessions.',
      attributes: CREATION,
      boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    },
    active: {
      kind: 'upDownCounter',
      unit: '{session}',
      description: 'Number of sessions that are alive.',
      attributes: WHOSE,
    },
    duration: {
      kind: 'histogram',
      unit: 's',
      description: 'How long sessions that ended had lived.',
      attributes: {
        ...WHOSE,
        'error.type': { type: 'string', optional: true, description: 'Of an error that ended it.' },
      },
      boundaries: [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400],
    },
    'manager.status': {
      kind: 'gauge',
      // A unit of 1 would have Prometheus call it a ratio.
      unit: '',
      description: 'State of the session manager: 1 for the one it is in, 0 for the others.',
      attributes: {
        'session.manager.name': { type: 'string', optional: true },
        'session.manager.state': 'string',
      },
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Sessions',
    introduction: 'By `session` of `pitot/instruments`.',
  },
);

const kinds = new BoundedValues('session.kind', /^[A-Za-z][\w.:/-]{0,63}$/);
const clients = new BoundedValues('session.client', /^[^\s'"]{1,64}$/);
const managers = new BoundedValues('session.manager.name', /^[A-Za-z][\w.:/-]{0,63}$/);

class CreationScope extends Scope {
  private readonly state;

  constructor(options: Partial<SessionOptions>) {
    super();
    this.state = safely('session.creation', () => {
      const { created, 'creation.duration': duration } = sessionMetrics;
      return { created, duration, whose: whoseOf(options) };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { created, duration, whose } = this.state;
    const attributes =
      failure === undefined
        ? ({ ...whose, 'session.outcome': 'success' } as const)
        : ({ ...whose, 'session.outcome': 'failure', 'error.type': failure } as const);
    created.add(1, attributes);
    duration.record(seconds, attributes);
  }
}

class LifetimeScope extends Scope {
  private readonly state;

  constructor(options: Partial<SessionOptions>) {
    super();
    this.state = safely('session.lifetime', () => {
      const { active, duration } = sessionMetrics;
      const whose = whoseOf(options);
      active.add(1, whose);
      return { active, duration, whose };
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { active, duration, whose } = this.state;
    active.add(-1, whose);
    duration.record(seconds, failure === undefined ? whose : { ...whose, 'error.type': failure });
  }
}

function whoseOf({ kind, client }: Partial<SessionOptions>) {
  const alias = Alias.nameOf(client);
  return {
    'session.kind': kinds.admit(kind),
    ...(alias !== undefined && { 'session.client': clients.admit(alias) }),
  };
}

function manager<const State extends string>(options: SessionManagerOptions<State>): Status<State> {
  const given = safely('session.manager', () => {
    const { states, state, name } = options;
    const named = name === undefined ? {} : { 'session.manager.name': managers.admit(name) };
    return { states: [...states], state, named };
  });
  const status = stateSet('session.manager', given?.states ?? [], (value, state) => {
    sessionMetrics['manager.status'].record(value, { ...given?.named, 'session.manager.state': state });
  });
  if (given?.state !== undefined) status.set(given.state);
  return status;
}
