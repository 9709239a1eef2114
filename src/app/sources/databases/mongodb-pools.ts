import { safely } from '../../../base/safely.ts';
import { isMethod, isObject, replaceMethod, type Undo } from '../../patching/replace-method.ts';
import { watchPool } from './pools.ts';

/** An event of the driver's connection pools. (MongoDB specifications, "Connection Monitoring and Pooling") */
interface PoolEvent {
  /** `host:port` of the server. */
  readonly address: string;
  readonly connectionId?: unknown;
  readonly options?: { readonly maxPoolSize?: unknown };
}

interface Emitter {
  on(event: string, listener: (event: PoolEvent) => void): unknown;
}

/** The connections of one client to one server. */
interface Pool {
  readonly open: Set<unknown>;
  readonly used: Set<unknown>;
  pending: number;
  readonly forget: Undo;
}

const watched = new WeakSet<object>();

/** Reports the numbers of a client's pools. The client has one pool for each server, named `host:port`. */
export function hookPools(MongoClient: unknown): Undo {
  return replaceMethod(isMethod(MongoClient) ? MongoClient.prototype : undefined, 'connect', (original) => {
    return function connect(this: unknown, ...args) {
      safely('the connection pools of mongodb', () => {
        if (!isEmitter(this) || watched.has(this)) return;
        watched.add(this);
        watch(this);
      });
      return Reflect.apply(original, this, args);
    };
  });
}

function watch(client: Emitter): void {
  const pools = new Map<string, Pool>();
  const on = (event: string, work: (pool: Pool, event: PoolEvent) => void) => {
    client.on(event, (told) => {
      safely('the connection pools of mongodb', () => {
        const pool = pools.get(told.address);
        if (pool !== undefined) work(pool, told);
      });
    });
  };
  client.on('connectionPoolCreated', (event) => {
    safely('the connection pools of mongodb', () => {
      pools.get(event.address)?.forget();
      pools.set(event.address, poolOf(event));
    });
  });
  on('connectionReady', ({ open }, { connectionId }) => open.add(connectionId));
  on('connectionClosed', ({ open, used }, { connectionId }) => {
    open.delete(connectionId);
    used.delete(connectionId);
  });
  on('connectionCheckOutStarted', (pool) => {
    pool.pending++;
  });
  on('connectionCheckOutFailed', (pool) => {
    pool.pending--;
  });
  on('connectionCheckedOut', (pool, { connectionId }) => {
    pool.pending--;
    pool.used.add(connectionId);
  });
  on('connectionCheckedIn', ({ used }, { connectionId }) => used.delete(connectionId));
  on('connectionPoolClosed', ({ forget }, { address }) => {
    forget();
    pools.delete(address);
  });
}

function poolOf({ address, options }: PoolEvent): Pool {
  const maximum = options?.maxPoolSize;
  const max = typeof maximum === 'number' && maximum > 0 ? maximum : undefined;
  const pool = { open: new Set<unknown>(), used: new Set<unknown>(), pending: 0 };
  const forget = watchPool(address, () => {
    const { open, used, pending } = pool;
    return { used: used.size, idle: open.size - used.size, pending, max };
  });
  return Object.assign(pool, { forget });
}

function isEmitter(value: unknown): value is Emitter {
  return isObject(value) && 'on' in value && isMethod(value.on);
}
