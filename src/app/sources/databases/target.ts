import { BoundedValues } from '../../../base/bounded-values.ts';
import { errorType } from '../../../base/error-type.ts';
import { safely } from '../../../base/safely.ts';
import { databaseError, databaseStatusCode } from '../../instruments/database-error.ts';
import { databaseMetrics } from '../../instruments/database-metrics.ts';
import { namespaces, statusCodes } from '../../instruments/database-names.ts';
import { lazyBind } from '../../instruments/lazy-bind.ts';
import { isMeasuredManually } from '../../instruments/manual-measurement.ts';
import type { OperationKind } from './operation-kind.ts';

/** The database that a client works with, as the application configured it. */
export interface TargetOptions {
  /** `db.system.name` */
  readonly system: keyof typeof PORTS;
  /** `db.namespace`: the database's name. An empty one, or a value that is not a string, is left out. */
  readonly namespace?: unknown;
  /** `server.address`: a host or the path of a socket. A value that is not a string is left out. */
  readonly address?: unknown;
  /** `server.port`: left out if it is the system's default port. */
  readonly port?: unknown;
}

/** The default ports. (The semantic conventions require `server.port` only for any other port.) */
const PORTS = { mongodb: 27017, mysql: 3306, postgresql: 5432, redis: 6379, sqlite: undefined } as const;

interface TargetAttributes {
  readonly 'db.system.name': string;
  readonly 'db.namespace'?: string;
  readonly 'server.address'?: string;
  readonly 'server.port'?: number;
}

interface OperationAttributes extends TargetAttributes {
  readonly 'db.operation.name': string;
  readonly 'db.collection.name'?: string;
}

const addresses = new BoundedValues('server.address', /^[^\s'"(),;=]{1,255}$/);
const targets = new Map<string, Target>();

/** The target with these options. Equal options give the same target. */
export function databaseTarget(options: TargetOptions): Target {
  const attributes = attributesOf(options);
  const key = JSON.stringify(attributes);
  let target = targets.get(key);
  if (target === undefined) {
    target = new Target(options.system, attributes);
    targets.set(key, target);
  }
  return target;
}

/**
 * Targets of one system, for a driver that names the target of each operation. It remembers the last one, because most
 * operations go to the same target.
 */
export class Targets {
  private readonly system: TargetOptions['system'];
  private last: { readonly options: Omit<TargetOptions, 'system'>; readonly target: Target } | undefined;

  constructor(system: TargetOptions['system']) {
    this.system = system;
  }

  of(namespace: unknown, address: unknown, port: unknown): Target {
    const { last } = this;
    if (
      last !== undefined &&
      last.options.namespace === namespace &&
      last.options.address === address &&
      last.options.port === port
    ) {
      return last.target;
    }
    const options = { namespace, address, port };
    const target = databaseTarget({ ...options, system: this.system });
    this.last = { options, target };
    return target;
  }
}

/** A database. Its operations share these attributes. */
export class Target {
  private readonly system: string;
  private readonly attributes: TargetAttributes;
  private readonly series = new Map<OperationKind, OperationSeries>();

  constructor(system: string, attributes: TargetAttributes) {
    this.system = system;
    this.attributes = attributes;
  }

  /**
   * The series in which to record an operation that begins now. Undefined if the application measures the operation
   * itself by `database.operation`, so that it does not count twice.
   */
  begin(kind: OperationKind): OperationSeries | undefined {
    if (isMeasuredManually(this.system)) return undefined;
    let series = this.series.get(kind);
    if (series === undefined) {
      series = new OperationSeries({
        ...this.attributes,
        'db.operation.name': kind.operation,
        ...(kind.collection !== undefined && { 'db.collection.name': kind.collection }),
      });
      this.series.set(kind, series);
    }
    return series;
  }
}

/** The operations of one kind on one target. Nothing here throws. */
export class OperationSeries {
  private readonly succeeded: Outcome;
  private readonly failed = new Map<string, Outcome>();
  private readonly attributes: OperationAttributes;

  constructor(attributes: OperationAttributes) {
    this.attributes = attributes;
    this.succeeded = new Outcome(attributes);
  }

  /**
   * Counts an operation that succeeded.
   *
   * @param startedAt milliseconds on the clock of `performance.now()`
   * @param rows the number of rows that it returned, if known
   */
  succeed(startedAt: number, rows?: number): void {
    safely('the duration of a database operation', () => this.succeeded.record(startedAt, rows));
  }

  /** Counts an operation that failed. */
  fail(startedAt: number, error: unknown): void {
    safely('the duration of a database operation', () => {
      const type = errorType(databaseError(error));
      const replied = databaseStatusCode(error);
      // Bounded before it is part of a key.
      const statusCode = replied === undefined ? undefined : statusCodes.admit(replied);
      const key = `${type} ${statusCode}`;
      let outcome = this.failed.get(key);
      if (outcome === undefined) {
        outcome = new Outcome({
          ...this.attributes,
          'error.type': type,
          ...(statusCode !== undefined && { 'db.response.status_code': statusCode }),
        });
        this.failed.set(key, outcome);
      }
      outcome.record(startedAt, undefined);
    });
  }
}

interface FailureAttributes {
  readonly 'error.type'?: string;
  readonly 'db.response.status_code'?: string;
}

class Outcome {
  private readonly duration;
  private readonly returnedRows;

  constructor(attributes: OperationAttributes & FailureAttributes) {
    this.duration = lazyBind(() => databaseMetrics['operation.duration'], attributes);
    this.returnedRows = lazyBind(() => databaseMetrics['response.returned_rows'], attributes);
  }

  record(startedAt: number, rows: number | undefined): void {
    this.duration().record((performance.now() - startedAt) / 1000);
    if (rows !== undefined) this.returnedRows().record(rows);
  }
}

function attributesOf({ system, namespace, address, port }: TargetOptions): TargetAttributes {
  const attributes = {
    'db.system.name': system,
    ...(isText(namespace) && { 'db.namespace': namespaces.admit(namespace) }),
  };
  if (!isText(address)) return attributes;
  const isUsual = typeof port !== 'number' || port === PORTS[system] || address.startsWith('/');
  return {
    ...attributes,
    'server.address': addresses.admit(address),
    ...(!isUsual && { 'server.port': port }),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
