import { BoundedValues } from '../../base/bounded-values.ts';
import { errorType } from '../../base/error-type.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** `fatal`: the process or a part of it cannot go on; `warn`: it was put right or can be lived with. */
export type Severity = 'fatal' | 'error' | 'warn';

/** Where an error happened and how bad it is. */
export interface ErrorOptions {
  /** `application.error.origin`: the part of the application that it happened in, as `checkout`. */
  readonly origin: string;
  /** `application.error.severity`; `error` unless told otherwise. */
  readonly severity?: Severity | undefined;
}

/**
 * Counts the errors of an application, also those that it handles. The metric is
 *
 * - `application.errors` (counter, {error}): by `error.type`, `application.error.severity` and
 *   `application.error.origin`. Messages are never attributes.
 *
 * The automatic source `errors` counts unhandled errors in it, with the origins `uncaught_exception`,
 * `unhandled_rejection` and `process_warning`.
 */
export interface Errors {
  /** Counts one error where it is caught. */
  count(error: unknown, options: ErrorOptions): void;
  /**
   * Counts the error that leaves the callback, and passes it on; in the scope form, the one that `fail`
   * is given.
   *
   * ```ts
   * await errors.boundary({ origin: 'checkout' }, () => checkOut(basket));
   * ```
   */
  readonly boundary: Timed<ErrorOptions, Measured>;
}

/** Counts errors of the application: see {@link Errors}. */
export const errors: Errors = {
  count(error, options) {
    safely('errors.count', () => {
      errorMetrics.errors.add(1, { 'error.type': errorType(error), ...whereOf(options ?? {}) });
    });
  },
  boundary: timed('errors.boundary', (options) => new BoundaryScope(options)),
};

export const errorMetrics = defineMetrics(
  'application',
  {
    errors: {
      kind: 'counter',
      unit: '{error}',
      description: 'Number of errors, by type, severity and where they happened.',
      attributes: {
        'error.type': { type: 'string', description: "The error's code or class." },
        'application.error.severity': ['fatal', 'error', 'warn'],
        'application.error.origin': {
          type: 'string',
          known: ['uncaught_exception', 'unhandled_rejection', 'process_warning'],
          description: 'The part of the application, or how an unhandled error was noticed.',
        },
      },
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Errors',
    introduction: 'By `errors` of `pitot/instruments`, and automatic (`errors`) for unhandled ones.',
  },
);

const origins = new BoundedValues('application.error.origin', /^[A-Za-z][\w.:/-]{0,127}$/);
const severities: readonly unknown[] = ['fatal', 'error', 'warn'] satisfies Severity[];

class BoundaryScope extends Scope {
  private readonly state;

  constructor(options: Partial<ErrorOptions>) {
    super();
    this.state = safely('errors.boundary', () => ({
      counter: errorMetrics.errors,
      where: whereOf(options),
    }));
  }

  protected override record(_seconds: number, failure: string | undefined): void {
    if (this.state === undefined || failure === undefined) return;
    this.state.counter.add(1, { 'error.type': failure, ...this.state.where });
  }
}

function whereOf({ origin, severity }: Partial<ErrorOptions>) {
  return {
    'application.error.severity': isSeverity(severity) ? severity : 'error',
    'application.error.origin': origins.admit(origin),
  } as const;
}

function isSeverity(value: unknown): value is Severity {
  return severities.includes(value);
}
