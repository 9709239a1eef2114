import type { Attributes } from '@opentelemetry/api';
import { BoundedValues } from './bounded-values.ts';
import { lazily } from './meter.ts';
import { quietly, warnOnce } from './quietly.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/**
 * What a database operation is; each is an attribute of its metrics, and none of them is ever the text of
 * a statement. A value that has the look of one is recorded as `_OTHER`, with a warning once.
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

export interface DatabaseOperation extends Measured {
  /** The operation returned this many rows (or documents); several calls, as for pages, add up. */
  rows(count: number): void;
}

/**
 * Metrics of what a service asks of databases, by the semantic conventions for database client metrics
 * (1.44.0, docs/db/database-metrics.md), all with the attributes of {@link DatabaseOperationOptions} and,
 * for an operation that failed, `error.type`:
 *
 * - `db.client.operation.duration` (histogram, s): how long operations took. A batch is one operation.
 * - `db.client.response.returned_rows` (histogram, {row}): of the operations that told their rows.
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
   */
  readonly operation: Timed<DatabaseOperationOptions, DatabaseOperation>;
}

export const database: Database = {
  operation: timed('database.operation', (options) => new OperationScope(options)),
};

const instruments = lazily((meter) => ({
  duration: meter.createHistogram('db.client.operation.duration', {
    unit: 's',
    description: 'Duration of database client operations.',
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  }),
  returnedRows: meter.createHistogram('db.client.response.returned_rows', {
    unit: '{row}',
    description: 'The actual number of records returned by the database operation.',
    advice: {
      explicitBucketBoundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000],
    },
  }),
}));

const systems = new BoundedValues('db.system.name', /^[a-z][a-z0-9_.]{0,63}$/);
/** Up to three words, as `BATCH CREATE TABLE`; those after the first are letters only. */
const operations = new BoundedValues('db.operation.name', /^[\w$][\w$.:-]{0,63}( [A-Za-z]{1,32}){0,2}$/);
const collections = new BoundedValues('db.collection.name', /^[^\s'"(),;=]{1,128}$/);
const namespaces = new BoundedValues('db.namespace', /^[^\s'"(),;=]{1,128}$/);

class OperationScope extends Scope implements DatabaseOperation {
  private readonly begun;
  private returned: number | undefined;

  constructor(options: Partial<DatabaseOperationOptions>) {
    super();
    this.begun = quietly('database.operation', () => ({
      instruments: instruments(),
      attributes: attributesOf(options),
    }));
  }

  override fail(error: unknown): void {
    quietly('fail()', () => super.fail(sqliteResultCode(error) ?? error));
  }

  rows(count: number): void {
    quietly('rows()', () => {
      if (Number.isSafeInteger(count) && count >= 0) this.returned = (this.returned ?? 0) + count;
      else warnOnce('rows', `rows() takes a number of rows and ignores ${String(count)}.`);
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.begun === undefined) return;
    const { instruments, attributes } = this.begun;
    if (failure !== undefined) attributes['error.type'] = failure;
    instruments.duration.record(seconds, attributes);
    if (this.returned !== undefined) instruments.returnedRows.record(this.returned, attributes);
  }
}

function attributesOf({ system, operation, collection, namespace }: Partial<DatabaseOperationOptions>) {
  const attributes: Attributes = {
    'db.system.name': systems.admit(system),
    'db.operation.name': operations.admit(operation),
  };
  if (collection !== undefined) attributes['db.collection.name'] = collections.admit(collection);
  if (namespace !== undefined) attributes['db.namespace'] = namespaces.admit(namespace);
  return attributes;
}

/** `node:sqlite` gives every error the same `code` and keeps SQLite's own, the telling one, beside it. */
function sqliteResultCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_SQLITE_ERROR') return undefined;
  return 'errcode' in error && typeof error.errcode === 'number' ? String(error.errcode) : undefined;
}
