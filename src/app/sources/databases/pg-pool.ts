import { safely } from '../../../base/safely.ts';
import type { PoolNumbers } from '../../instruments/database-pool.ts';
import { preserveContext } from '../../instruments/manual-measurement.ts';
import { isMethod, isObject, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { watchPool } from './pools.ts';

/** The properties of a pg-pool that pitot reads. */
interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
  once(event: 'connect', listener: (client: unknown) => void): unknown;
}

const forgets = new WeakMap<object, Undo>();

/**
 * Reports the numbers of each of pg's pools, from the pool's first connection until its end. The semantic conventions
 * name a pool without a name of its own `host:port/database`.
 *
 * A pool calls back in the context of the caller that released a connection. This function restores the context of the
 * caller that asked for one, so that pitot can tell a query of `pool.query()` from one inside an operation that the
 * application measures itself.
 */
export function hookPools(BoundPool: unknown): Undo {
  // pg extends pg-pool's class. Other packages may use that class directly.
  const owner: unknown = isMethod(BoundPool) ? Object.getPrototypeOf(BoundPool.prototype) : undefined;
  const undoConnect = replaceMethod(owner, 'connect', (original) => {
    return function connect(this: unknown, ...args) {
      safely('a connection pool of pg', () => watch(this));
      const [callback] = args;
      return Reflect.apply(original, this, isMethod(callback) ? [preserveContext(callback)] : args);
    };
  });
  const undoEnd = replaceMethod(owner, 'end', (original) => {
    return function end(this: unknown, ...args) {
      if (isObject(this)) forgets.get(this)?.();
      return Reflect.apply(original, this, args);
    };
  });
  return undoAll([undoConnect, undoEnd]);
}

function watch(pool: unknown): void {
  if (!isPool(pool) || forgets.has(pool)) return;
  forgets.set(pool, () => {});
  // The garbage collector may take a pool that was never ended.
  const held = new WeakRef(pool);
  pool.once('connect', (client) => {
    safely('a connection pool of pg', () => {
      const forget = watchPool(nameOf(client), () => {
        const there = held.deref();
        if (there === undefined) forget();
        return numbersOf(there);
      });
      forgets.set(pool, forget);
    });
  });
}

function nameOf(client: unknown): string {
  const { host, port, database } = client as { readonly [Key in 'host' | 'port' | 'database']?: unknown };
  return `${host}:${port}/${database}`;
}

function numbersOf(pool: Pool | undefined): Required<PoolNumbers> {
  if (pool === undefined) return { used: 0, idle: 0, pending: 0, max: 0 };
  const { totalCount, idleCount, waitingCount, options } = pool;
  return { used: totalCount - idleCount, idle: idleCount, pending: waitingCount, max: options.max };
}

function isPool(pool: unknown): pool is Pool {
  return isObject(pool) && 'totalCount' in pool && 'options' in pool && isObject(pool.options);
}
