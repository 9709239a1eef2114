import type { Context } from '@opentelemetry/api';
import type { AttributesOf } from '../../contract/attribute-types.ts';
import type { MetricDeclaration } from '../../contract/declaration.ts';
import type { BoundAdder, BoundRecorder } from '../record/api.ts';

type Nothing = Record<never, never>;
/** Attributes are optional if none of them is required. */
type Given<A> = Nothing extends A ? [attributes?: A] : [attributes: A];
type Recording<A> = Nothing extends A
  ? [attributes?: A, context?: Context]
  : [attributes: A, context?: Context];

/** Additional abilities of every synchronous instrument of a contract. */
interface Limited<A> {
  /** Removes the series with these attributes. The next recording creates it anew. */
  remove(...attributes: Given<A>): void;
  /**
   * Declares more values of an attribute than the contract does. A series whose values are all declared finds
   * a place even past the limit of series. Use it for few values that are known when they first occur.
   */
  reserve<Name extends keyof A & string>(attribute: Name, values: Iterable<NonNullable<A[Name]>>): void;
}

/** A counter or up-down counter that takes the attributes of its contract. */
export interface ContractAdder<A> extends Limited<A> {
  /** Adds `value` to the series with these attributes. For a counter it must not be negative. */
  add(value: number, ...rest: Recording<A>): void;
  /** The same instrument with its attributes already resolved, for hot code. */
  bind(...attributes: Given<A>): BoundAdder;
}

/** A histogram or gauge that takes the attributes of its contract. */
export interface ContractRecorder<A> extends Limited<A> {
  /** Records `value` in a histogram, where it must not be negative, or sets a gauge to it. */
  record(value: number, ...rest: Recording<A>): void;
  /** The same instrument with its attributes already resolved, for hot code. */
  bind(...attributes: Given<A>): BoundRecorder;
}

/** The receiver of the values from an observable's callback. */
interface ContractResult<A> {
  observe(value: number, ...attributes: Given<A>): void;
}

/** An observable whose callbacks report values with the attributes of its contract. */
export interface ContractObservable<A> {
  addCallback(callback: (result: ContractResult<A>) => void | Promise<void>): void;
  removeCallback(callback: (result: ContractResult<A>) => void | Promise<void>): void;
}

/** The instrument of a declaration. */
export type InstrumentOf<D extends MetricDeclaration> = D['kind'] extends 'counter' | 'upDownCounter'
  ? ContractAdder<AttributesOf<D>>
  : D['kind'] extends 'histogram' | 'gauge'
    ? ContractRecorder<AttributesOf<D>>
    : ContractObservable<AttributesOf<D>>;
