import { BoundedValues } from '../../base/bounded-values.ts';
import { safely } from '../../base/safely.ts';
import { NO_OBSERVATION, type Observation } from '../observe/observation.ts';
import { databaseMetrics } from './database-metrics.ts';
import { ObservableRegistry } from './observable-registry.ts';

/** The numbers of a pool at one moment; one that the pool does not know is left out. */
export interface PoolNumbers {
  /** Connections in use. */
  readonly used: number;
  /** Open connections that wait for use. */
  readonly idle: number;
  /** Those who wait for a connection. */
  readonly pending?: number | undefined;
  /** How many connections there may be. */
  readonly max?: number | undefined;
}

/** Which connection pool is measured, and how its numbers are read. */
export interface DatabasePoolOptions {
  /** `db.client.connection.pool.name`, unique in the service. */
  readonly name: string;
  /** Asked whenever metrics are read, so it should be quick. */
  readonly read: () => PoolNumbers;
}

interface Pool {
  readonly pool: { readonly 'db.client.connection.pool.name': string };
  readonly read: () => PoolNumbers;
}

const names = new BoundedValues('db.client.connection.pool.name', /^[^\s'"(),;=]{1,128}$/);
const pools = new ObservableRegistry<Pool>('the numbers of a connection pool');

/** See `database.pool`. */
export function databasePool(options: DatabasePoolOptions): Observation {
  const observation = safely('database.pool', () => {
    const { name, read } = options;
    if (typeof read !== 'function') throw new TypeError('expected a function read()');
    registerReports();
    return pools.add({ pool: { 'db.client.connection.pool.name': names.admit(name) }, read });
  });
  return observation ?? NO_OBSERVATION;
}

function registerReports(): void {
  pools.register(databaseMetrics['connection.count'], (result) =>
    pools.forEach(({ pool, read }) => {
      const { used, idle } = read();
      result.observe(used, { ...pool, 'db.client.connection.state': 'used' });
      result.observe(idle, { ...pool, 'db.client.connection.state': 'idle' });
    }),
  );
  pools.register(databaseMetrics['connection.limit'], (result) =>
    pools.forEach(({ pool, read }) => {
      const { max } = read();
      if (max !== undefined) result.observe(max, pool);
    }),
  );
  pools.register(databaseMetrics['connection.pending_requests'], (result) =>
    pools.forEach(({ pool, read }) => {
      const { pending } = read();
      if (pending !== undefined) result.observe(pending, pool);
    }),
  );
}
