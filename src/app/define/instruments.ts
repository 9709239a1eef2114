import type { Context } from '@opentelemetry/api';
import type { AttributesOf } from '../../contract/attribute-types.ts';
import type { MetricDeclaration } from '../../contract/declaration.ts';
import type { BoundAdder, BoundRecorder } from '../record/api.ts';

type Nothing = Record<never, never>;
/** Attributes can be left out where none is required. */
type Given<A> = Nothing extends A ? [attributes?: A] : [attributes: A];
type Recording<A> = Nothing extends A
  ? [attributes?: A, context?: Context]
  : [attributes: A, context?: Context];

/** What every synchronous instrument of a contract can do besides recording. */
interface Limited<A> {
  /** Removes the series with these attributes, which begins anew when it is recorded again. */
  remove(...attributes: Given<A>): void;
  /**
   * Declares values of an attribute besides those of the contract: series of which every value is declared
   * find a place even past the limit of series. For values that are few and known when they first occur.
   */
  reserve<Name extends keyof A & string>(attribute: Name, values: Iterable<NonNullable<A[Name]>>): void;
}

/** A counter or up-down counter that takes the attributes of its contract. */
export interface ContractAdder<A> extends Limited<A> {
  /** Adds `value`, which a counter wants not to be negative, to the series with these attributes. */
  add(value: number, ...rest: Recording<A>): void;
  /** The same with the attributes resolved once, for where it is hot. */
  bind(...attributes: Given<A>): BoundAdder;
}

/** A histogram or gauge that takes the attributes of its contract. */
export interface ContractRecorder<A> extends Limited<A> {
  /** Counts `value`, not negative, in a histogram; sets a gauge to it. */
  record(value: number, ...rest: Recording<A>): void;
  /** The same with the attributes resolved once, for where it is hot. */
  bind(...attributes: Given<A>): BoundRecorder;
}

/** What a callback of an observable tells its values to. */
interface ContractResult<A> {
  observe(value: number, ...attributes: Given<A>): void;
}

/** An observable whose callbacks tell values with the attributes of its contract. */
export interface ContractObservable<A> {
  addCallback(callback: (result: ContractResult<A>) => void | Promise<void>): void;
  removeCallback(callback: (result: ContractResult<A>) => void | Promise<void>): void;
}

/** The instrument that a declaration makes. */
export type InstrumentOf<D extends MetricDeclaration> = D['kind'] extends 'counter' | 'upDownCounter'
  ? ContractAdder<AttributesOf<D>>
  : D['kind'] extends 'histogram' | 'gauge'
    ? ContractRecorder<AttributesOf<D>>
    : ContractObservable<AttributesOf<D>>;
