import { BoundedValues } from '../../../base/bounded-values.ts';
import { errorType } from '../../../base/error-type.ts';
import { lazyBind } from '../../instruments/lazy-bind.ts';
import { isObject } from '../../patching/replace-method.ts';
import type { BoundRecorder } from '../../record/api.ts';
import { graphqlMetrics } from './graphql-metrics.ts';

/** Clients choose names. (GraphQL specification, "Names") */
const names = new BoundedValues('graphql.operation.name', /^[_A-Za-z]\w{0,127}$/);
export const WHAT = 'a GraphQL operation';
const TYPES: ReadonlySet<unknown> = new Set(['query', 'mutation', 'subscription']);

/** An operation that is under way. */
export interface Begun {
  readonly operation: Operation;
  /** Milliseconds on the clock of `performance.now()`. */
  readonly startedAt: number;
}

/** The operations of one type and name. */
class Operation {
  private readonly type: string | undefined;
  private readonly name: string | undefined;
  private readonly outcomes = new Map<string | undefined, () => BoundRecorder>();

  constructor(type: string | undefined, name: string | undefined) {
    this.type = type;
    this.name = name;
  }

  record(startedAt: number, error: string | undefined): void {
    let duration = this.outcomes.get(error);
    if (duration === undefined) {
      duration = lazyBind(() => graphqlMetrics['operation.duration'], {
        ...(this.type !== undefined && { 'graphql.operation.type': this.type }),
        ...(this.name !== undefined && { 'graphql.operation.name': this.name }),
        ...(error !== undefined && { 'error.type': error }),
      });
      this.outcomes.set(error, duration);
    }
    duration().record((performance.now() - startedAt) / 1000);
  }
}

const operations = new Map<string, Operation>();

/**
 * Begins to measure an operation.
 *
 * @param type undefined if the request names no operation of its document; then its name is not recorded
 */
export function begin(type: unknown, name: unknown): Begun {
  const isKnown = TYPES.has(type);
  const admitted = isKnown && typeof name === 'string' ? names.admit(name) : undefined;
  const key = `${isKnown ? type : ''} ${admitted ?? ''}`;
  let operation = operations.get(key);
  if (operation === undefined) {
    operation = new Operation(isKnown ? String(type) : undefined, admitted);
    operations.set(key, operation);
  }
  return { operation, startedAt: performance.now() };
}

/** Records an operation that has a result. With errors it has failed, also if there are data. */
export function endWith({ operation, startedAt }: Begun, result: unknown): void {
  const error = firstErrorOf(result);
  operation.record(startedAt, error === undefined ? undefined : kindOf(error));
}

/** Records an operation that threw: GraphQL.js itself could not execute it. */
export function endThrown({ operation, startedAt }: Begun, error: unknown): void {
  operation.record(startedAt, errorType(error));
}

/** `@defer` and `@stream` have a first result, whose errors count. */
function firstErrorOf(result: unknown): unknown {
  if (!isObject(result)) return undefined;
  const { errors, initialResult } = result as { readonly errors?: unknown; readonly initialResult?: unknown };
  if (initialResult !== undefined) return firstErrorOf(initialResult);
  return Array.isArray(errors) ? errors[0] : undefined;
}

/**
 * The code that servers put into an error (`extensions.code`), else the type of what the resolver threw, else
 * `GraphQLError`.
 */
function kindOf(error: unknown): string {
  if (!isObject(error)) return errorType(error);
  const { extensions, originalError } = error as {
    readonly extensions?: { readonly code?: unknown };
    readonly originalError?: unknown;
  };
  const code = extensions?.code;
  return errorType(typeof code === 'string' ? code : (originalError ?? error));
}
