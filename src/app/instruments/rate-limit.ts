import { BoundedValues } from '../../base/bounded-values.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import { Alias } from './aliases.ts';
import { lazyBind } from './lazy-bind.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** Which limiter decides, and about which client. */
export interface RateLimitOptions {
  /** `rate_limit.limiter.name`: which limit it is, as `requests` or `tokens`. */
  readonly name: string;
  /** `rate_limit.client`: the alias of the client that it limits; see `aliases()`. Plain identities are not taken. */
  readonly client?: Alias | undefined;
}

/** One decision of a rate limiter that is being timed. */
export interface RateLimitDecision extends Measured {
  /** Makes the outcome `limited`: there is too much, and it is refused or put off. */
  limit(): void;
  /** How much was used, this time included, of how much there is. */
  use(used: number, limit: number): void;
}

/** The decisions of one limiter, for where they are many: attributes are resolved once. */
export interface RateLimiter {
  /** Counts something that was let pass; with how much was used, this time included, of how much there is. */
  allowed(used?: number, limit?: number): void;
  /** Counts something that was refused or put off. */
  limited(used?: number, limit?: number): void;
}

/**
 * Metrics of rate limits that a service imposes, by `rate_limit.limiter.name` and, for those who have one,
 * by their alias, `rate_limit.client`. The semantic conventions have none.
 *
 * - `rate_limit.decisions` (counter, {decision}): by `rate_limit.outcome`: `allowed`, `limited`, or
 *   `error` with `error.type` where the limiter itself failed.
 * - `rate_limit.decision.duration` (histogram, s): how long they took, likewise; not of bound limiters.
 * - `rate_limit.utilization` (histogram, 1): what each decision found used of the limit, as a ratio. It is
 *   no gauge, because a limit is there for each client, and who they are is not told.
 */
export interface RateLimit {
  /**
   * Times one decision, for a limiter that asks another service.
   *
   * ```ts
   * const allowed = await rateLimit.decision({ name: 'requests' }, async (decision) => {
   *   const used = await redis.incr(key);
   *   decision.use(used, 100);
   *   if (used > 100) decision.limit();
   *   return used <= 100;
   * });
   * ```
   */
  readonly decision: Timed<RateLimitOptions, RateLimitDecision>;
  /** The bound form, for a limiter that knows its answer. */
  limiter(options: RateLimitOptions): RateLimiter;
}

/** Measures rate limits that the service imposes: see {@link RateLimit}. */
export const rateLimit: RateLimit = {
  decision: timed('rateLimit.decision', (options) => new DecisionScope(options)),
  limiter: (options) => new BoundLimiter(options),
};

const LIMITER = {
  'rate_limit.limiter.name': { type: 'string', description: 'Which limit it is.' },
  'rate_limit.client': {
    type: 'string',
    optional: true,
    description: 'The alias of the limited client, if it has one.',
  },
} as const;

const DECISION = {
  ...LIMITER,
  'rate_limit.outcome': ['allowed', 'limited', 'error'],
  'error.type': { type: 'string', optional: true, description: 'Of a limiter that failed.' },
} as const;

export const rateLimitMetrics = defineMetrics(
  'rate_limit',
  {
    decisions: {
      kind: 'counter',
      unit: '{decision}',
      description: 'Number of decisions of rate limiters, by outcome.',
      attributes: DECISION,
    },
    'decision.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of decisions of rate limiters.',
      attributes: DECISION,
      boundaries: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    },
    utilization: {
      kind: 'histogram',
      unit: '1',
      description: 'Use found by a decision as a fraction of the limit.',
      attributes: LIMITER,
      boundaries: [0.1, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 1, 1.5, 2],
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Rate limits',
    introduction: 'By `rateLimit` of `pitot/instruments`.',
  },
);

const limiters = new BoundedValues('rate_limit.limiter.name', /^[A-Za-z][\w.:/-]{0,63}$/);
const clients = new BoundedValues('rate_limit.client', /^[^\s'"]{1,64}$/);

class DecisionScope extends Scope implements RateLimitDecision {
  private readonly state;
  private outcome: 'allowed' | 'limited' = 'allowed';
  private ratio: number | undefined;

  constructor(options: Partial<RateLimitOptions>) {
    super();
    this.state = safely('rateLimit.decision', () => ({
      instruments: { ...rateLimitMetrics },
      limiter: attributesOf(options),
    }));
  }

  limit(): void {
    safely('limit()', () => {
      this.outcome = 'limited';
    });
  }

  use(used: number, limit: number): void {
    safely('use()', () => {
      this.ratio = ratioOf(used, limit) ?? this.ratio;
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { instruments, limiter } = this.state;
    const attributes =
      failure === undefined
        ? ({ ...limiter, 'rate_limit.outcome': this.outcome } as const)
        : ({ ...limiter, 'rate_limit.outcome': 'error', 'error.type': failure } as const);
    instruments.decisions.add(1, attributes);
    instruments['decision.duration'].record(seconds, attributes);
    if (this.ratio !== undefined) instruments.utilization.record(this.ratio, limiter);
  }
}

class BoundLimiter implements RateLimiter {
  private readonly bound;

  constructor(options: RateLimitOptions) {
    this.bound = safely('rateLimit.limiter', () => {
      const limiter = attributesOf(options);
      const decisions = () => rateLimitMetrics.decisions;
      return {
        allowed: lazyBind(decisions, { ...limiter, 'rate_limit.outcome': 'allowed' }),
        limited: lazyBind(decisions, { ...limiter, 'rate_limit.outcome': 'limited' }),
        utilization: lazyBind(() => rateLimitMetrics.utilization, limiter),
      };
    });
  }

  allowed(used?: number, limit?: number): void {
    safely('allowed()', () => this.decided('allowed', used, limit));
  }

  limited(used?: number, limit?: number): void {
    safely('limited()', () => this.decided('limited', used, limit));
  }

  private decided(outcome: 'allowed' | 'limited', used: number | undefined, limit: number | undefined): void {
    if (this.bound === undefined) return;
    this.bound[outcome]().add(1);
    if (used === undefined) return;
    const ratio = ratioOf(used, limit);
    if (ratio !== undefined) this.bound.utilization().record(ratio);
  }
}

/** Undefined, with a warning once, where it is none. */
function ratioOf(used: unknown, limit: unknown): number | undefined {
  if (typeof used === 'number' && typeof limit === 'number' && used >= 0 && limit > 0) {
    const ratio = used / limit;
    if (Number.isFinite(ratio)) return ratio;
  }
  warnOnce(
    'use',
    'the use of a limit is told by two numbers, what is used and a limit above zero; others are ignored.',
  );
  return undefined;
}

function attributesOf({ name, client }: Partial<RateLimitOptions>) {
  const alias = Alias.nameOf(client);
  return {
    'rate_limit.limiter.name': limiters.admit(name),
    ...(alias !== undefined && { 'rate_limit.client': clients.admit(alias) }),
  };
}
