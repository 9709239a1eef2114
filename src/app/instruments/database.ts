import { safely, warnOnce } from '../../base/safely.ts';
import type { Observation } from '../observe/observation.ts';
import {
  type DatabaseClientOptions,
  type DatabaseState,
  databaseClient,
  systems,
} from './database-client.ts';
import { databaseError, databaseStatusCode } from './database-error.ts';
import { databaseMetrics } from './database-metrics.ts';
import { collections, namespaces, operations, statusCodes } from './database-names.ts';
import { type DatabasePoolOptions, databasePool, type PoolNumbers } from './database-pool.ts';
import { measureManually } from './manual-measurement.ts';
import { Scope } from './scope.ts';
import type { Status } from './state-set.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/**
 * Describes a database operation. Each option becomes an attribute of the metrics. The text of a statement never does:
 * pitot records a value that looks like one as `_OTHER`, and warns once.
 */
export interface DatabaseOperationOptions {
  /** `db.system.name`, one of the conventions' well-known names: `postgresql`, `sqlite`, `redis`, … */
  readonly system: string;
  /** `db.operation.name`, as the database calls it: `SELECT`, `findAndModify`, `BATCH INSERT`, … */
  readonly operation: string;
  /** `db.collection.name`: the one table or collection the operation works on. */
  readonly collection?: string | undefined;
  /** `db.namespace`: the name of the database on its server, as `customers` or `shop|public`. */
  readonly namespace?: string | undefined;
}

export type { DatabaseClientOptions, DatabasePoolOptions, DatabaseState, PoolNumbers };

/** One database operation that is being timed. */
export interface DatabaseOperation extends Measured {
  /** The operation returned this many rows (or documents); several calls, as for pages, add up. */
  rows(count: number): void;
}

/**
 * Metrics of what a service asks of databases, by the semantic conventions for database client metrics
 * (1.44.0, docs/db/database-metrics.md). Operations have the attributes of {@link DatabaseOperationOptions}. A failed
 * one also has `error.type` and `db.response.status_code`, the code that the database replied with:
 *
 * - `db.client.operation.duration` (histogram, s): how long operations took. A batch is one operation.
 * - `db.client.response.returned_rows` (histogram, {row}): of the operations that told their rows.
 *
 * Pools have `db.client.connection.pool.name`:
 *
 * - `db.client.connection.count` (observable up-down counter, {connection}): open connections, by
 *   `db.client.connection.state`, `used` or `idle`.
 * - `db.client.connection.limit` (observable up-down counter, {connection}): how many there may be.
 * - `db.client.connection.pending_requests` (observable up-down counter, {request}): who waits for one.
 *
 * Clients, for which the conventions have no metric, have `db.system.name` and, if it was given, `db.client.name`:
 *
 * - `db.client.status` (gauge): 1 for the state that the client is in and 0 for each other, by
 *   `db.client.state`.
 */
export interface Database {
  /**
   * Times one operation.
   *
   * ```ts
   * const users = await database.operation(
   *   { system: 'postgresql', operation: 'SELECT', collection: 'users' },
   *   async (operation) => {
   *     const { rows } = await pool.query('SELECT * FROM users WHERE team = $1', [team]);
   *     operation.rows(rows.length);
   *     return rows;
   *   },
   * );
   * ```
   *
   * `error.type` of an error from `node:sqlite` is SQLite's result code, as `2067`.
   *
   * The automatic sources do not count the callback's own requests to the same system again. In the scope form they do.
   */
  readonly operation: Timed<DatabaseOperationOptions, DatabaseOperation>;
  /**
   * Reads the numbers of a connection pool at each collection, until it is stopped.
   *
   * ```ts
   * database.pool({
   *   name: 'shop',
   *   read: () => ({
   *     used: pool.totalCount - pool.idleCount,
   *     idle: pool.idleCount,
   *     pending: pool.waitingCount,
   *     max: pool.options.max,
   *   }),
   * });
   * ```
   */
  pool(options: DatabasePoolOptions): Observation;
  /**
   * The status of a client that keeps its connection.
   *
   * ```ts
   * const status = database.client({ system: 'redis', state: 'connecting' });
   * redis.on('ready', () => status.set('connected')).on('close', () => status.set('disconnected'));
   * ```
   */
  client(options: DatabaseClientOptions): Status<DatabaseState>;
}

/** Measures database operations, connection pools and clients: see {@link Database}. */
export const database: Database = {
  operation: timed(
    'database.operation',
    (options) => new OperationScope(options),
    // The automatic sources leave these to it.
    (options, callback) =>
      measureManually(
        safely('database.operation', () => options.system),
        callback,
      ),
  ),
  pool: databasePool,
  client: databaseClient,
};

class OperationScope extends Scope implements DatabaseOperation {
  private readonly state;
  private returned: number | undefined;
  private hasFailed = false;
  private statusCode: string | undefined;

  constructor(options: Partial<DatabaseOperationOptions>) {
    super();
    this.state = safely('database.operation', () => ({
      // Kept, so that what began with one provider ends with it.
      duration: databaseMetrics['operation.duration'],
      returnedRows: databaseMetrics['response.returned_rows'],
      attributes: attributesOf(options),
    }));
  }

  override fail(error: unknown): void {
    safely('fail()', () => {
      // The first failure gives both attributes.
      if (this.hasFailed) return;
      this.hasFailed = true;
      super.fail(databaseError(error));
      this.statusCode = databaseStatusCode(error);
    });
  }

  rows(count: number): void {
    safely('rows()', () => {
      if (Number.isSafeInteger(count) && count >= 0) this.returned = (this.returned ?? 0) + count;
      else warnOnce('rows', `rows() takes a number of rows and ignores ${String(count)}.`);
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { duration, returnedRows, attributes } = this.state;
    const ended = {
      ...attributes,
      ...(failure !== undefined && { 'error.type': failure }),
      ...(this.statusCode !== undefined && { 'db.response.status_code': statusCodes.admit(this.statusCode) }),
    };
    duration.record(seconds, ended);
    if (this.returned !== undefined) returnedRows.record(this.returned, ended);
  }
}

function attributesOf({ system, operation, collection, namespace }: Partial<DatabaseOperationOptions>) {
  return {
    'db.system.name': systems.admit(system),
    'db.operation.name': operations.admit(operation),
    ...(collection !== undefined && { 'db.collection.name': collections.admit(collection) }),
    ...(namespace !== undefined && { 'db.namespace': namespaces.admit(namespace) }),
  };
}
