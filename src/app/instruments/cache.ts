import { BoundedValues } from '../../base/bounded-values.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely, warnOnce } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import type { Observation } from '../observe/observation.ts';
import { lazyBind } from './lazy-bind.ts';
import { ObservableRegistry } from './observable-registry.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** Which cache is measured. */
export interface CacheOptions {
  /** `cache.name`: which cache it is, as `prices`; never a key. */
  readonly name: string;
}

/** Which cache in memory is measured, and how many entries it has. */
export interface CacheStoreOptions extends CacheOptions {
  /** How many entries there are now; asked whenever metrics are read. */
  readonly size?: (() => number) | undefined;
}

/** One look-up that is being timed. */
export interface CacheLookup extends Measured {
  /** Makes the look-up a miss; without a call it is a hit. */
  miss(): void;
}

/** The bound form of one cache, for frequent look-ups. `stop()` ends the readings of its size. */
export interface CacheStore extends Observation {
  hit(): void;
  miss(): void;
  /** So many entries (one unless told otherwise) had to go; `reason` as `capacity` or `expired`. */
  evicted(count?: number, reason?: string): void;
}

/**
 * Metrics of caches, by `cache.name`. The semantic conventions have none.
 *
 * - `cache.lookups` (counter, {lookup}): by `cache.outcome`: `hit`, `miss`, or `error` with `error.type`.
 * - `cache.lookup.duration` (histogram, s): how long look-ups took, likewise; not of bound stores.
 * - `cache.evictions` (counter, {entry}): entries that had to go, by `cache.eviction.reason` if it was given.
 * - `cache.size` (observable up-down counter, {entry}): entries there are.
 */
export interface Cache {
  /**
   * Times one look-up in a cache that is far away.
   *
   * ```ts
   * const price = await cache.lookup({ name: 'prices' }, async (lookup) => {
   *   const found = await redis.get(`price:${id}`);
   *   if (found === null) lookup.miss();
   *   return found;
   * });
   * ```
   */
  readonly lookup: Timed<CacheOptions, CacheLookup>;
  /**
   * The bound form, for a cache in memory.
   *
   * ```ts
   * const entries = new Map<string, Price>();
   * const prices = cache.store({ name: 'prices', size: () => entries.size });
   * ```
   */
  store(options: CacheStoreOptions): CacheStore;
}

/** Measures caches: look-ups, evictions and sizes. See {@link Cache}. */
export const cache: Cache = {
  lookup: timed('cache.lookup', (options) => new LookupScope(options)),
  store: (options) => new BoundStore(options),
};

const NAME = { 'cache.name': { type: 'string', description: 'Which cache it is.' } } as const;

const LOOKUP = {
  ...NAME,
  'cache.outcome': ['hit', 'miss', 'error'],
  'error.type': { type: 'string', optional: true, description: 'Of a look-up that failed.' },
} as const;

export const cacheMetrics = defineMetrics(
  'cache',
  {
    lookups: {
      kind: 'counter',
      unit: '{lookup}',
      description: 'Number of look-ups in caches, by outcome.',
      attributes: LOOKUP,
    },
    'lookup.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of look-ups in caches.',
      attributes: LOOKUP,
      boundaries: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    },
    evictions: {
      kind: 'counter',
      unit: '{entry}',
      description: 'Number of entries that had to go.',
      attributes: {
        ...NAME,
        'cache.eviction.reason': { type: 'string', known: ['capacity', 'expired'], optional: true },
      },
    },
    size: {
      kind: 'observableUpDownCounter',
      unit: '{entry}',
      description: 'Number of entries in the cache.',
      attributes: NAME,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Caches',
    introduction: 'By `cache` of `pitot/instruments`.',
  },
);

const names = new BoundedValues('cache.name', /^[A-Za-z][\w.:/-]{0,63}$/);
const reasons = new BoundedValues('cache.eviction.reason', /^[A-Za-z][\w.-]{0,31}$/);
const sizes = new ObservableRegistry<{
  readonly name: { 'cache.name': string };
  readonly size: () => number;
}>('the size of a cache');

class LookupScope extends Scope implements CacheLookup {
  private readonly state;
  private outcome: 'hit' | 'miss' = 'hit';

  constructor(options: Partial<CacheOptions>) {
    super();
    this.state = safely('cache.lookup', () => {
      const { lookups, 'lookup.duration': duration } = cacheMetrics;
      return { lookups, duration, name: { 'cache.name': names.admit(options.name) } };
    });
  }

  miss(): void {
    safely('miss()', () => {
      this.outcome = 'miss';
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { lookups, duration, name } = this.state;
    const attributes =
      failure === undefined
        ? ({ ...name, 'cache.outcome': this.outcome } as const)
        : ({ ...name, 'cache.outcome': 'error', 'error.type': failure } as const);
    lookups.add(1, attributes);
    duration.record(seconds, attributes);
  }
}

class BoundStore implements CacheStore {
  private readonly bound;

  constructor(options: CacheStoreOptions) {
    this.bound = safely('cache.store', () => {
      const name = { 'cache.name': names.admit(options.name) };
      const lookups = () => cacheMetrics.lookups;
      return {
        name,
        hit: lazyBind(lookups, { ...name, 'cache.outcome': 'hit' }),
        miss: lazyBind(lookups, { ...name, 'cache.outcome': 'miss' }),
        sized: typeof options.size === 'function' ? observeSize(name, options.size) : undefined,
      };
    });
  }

  hit(): void {
    safely('hit()', () => this.bound?.hit().add(1));
  }

  miss(): void {
    safely('miss()', () => this.bound?.miss().add(1));
  }

  evicted(count = 1, reason?: string): void {
    safely('evicted()', () => {
      if (this.bound === undefined) return;
      if (!Number.isSafeInteger(count) || count < 0) {
        warnOnce('evicted', `evicted() takes a number of entries and ignores ${String(count)}.`);
        return;
      }
      const why = reason === undefined ? {} : { 'cache.eviction.reason': reasons.admit(reason) };
      cacheMetrics.evictions.add(count, { ...this.bound.name, ...why });
    });
  }

  stop(): void {
    safely('the end of a cache', () => this.bound?.sized?.stop());
  }

  [Symbol.dispose](): void {
    safely('the end of a cache', () => this.stop());
  }
}

function observeSize(name: { 'cache.name': string }, size: () => number): Observation {
  sizes.register(cacheMetrics.size, (result) => {
    sizes.forEach(({ name, size }) => {
      result.observe(size(), name);
    });
  });
  return sizes.add({ name, size });
}
