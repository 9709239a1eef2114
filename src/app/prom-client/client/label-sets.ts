import type { Attributes } from '@opentelemetry/api';
import { LookUpTree } from '../../record/look-up-tree.ts';
import type { Found } from '../../record/series.ts';
import { type Labels, validateLabel } from './labels.ts';

/** Orders of labels that the tree remembers for each child on average; look-ups by further ones take the slow way. */
const ORDERS_PER_CHILD = 8;
const MIN_ORDERS = 64;

/** The values of one set of labels. */
export interface Child<Self> {
  /** The labels that the text shows, in its order. */
  given: Given<Self>;
  /** All ways to write the labels that the tree remembers. */
  readonly givens: Given<Self>[];
  /** Its values are gone: the next recording makes another child. */
  isRemoved: boolean;
}

/** A set of labels as a caller wrote it: the same set has other orders, and values of other types. */
export class Given<C> implements Found<Given<C>> {
  readonly child: C;
  readonly labels: Labels;
  found: Given<C> | undefined = this;
  ways = 0;
  /** Its text, and the object that stands for the default labels in it. */
  text = '';
  textFor: object | undefined;

  constructor(child: C, labels: Labels) {
    this.child = child;
    this.labels = labels;
  }
}

/**
 * The children of a metric by their labels, in order of creation. Label values are compared as strings, and a label
 * whose value is `undefined` is none. A look-up of labels that were written before takes a few nanoseconds a label.
 */
export class LabelSets<C extends Child<C>> {
  private readonly names: readonly string[];
  private readonly byKey = new Map<string, C>();
  private readonly tree = new LookUpTree<Given<C>>(() =>
    Math.max(MIN_ORDERS, this.byKey.size * ORDERS_PER_CHILD),
  );
  private readonly make: (givenOf: (child: C) => Given<C>) => C;

  /** @param make makes a child, whose `given` is what it is passed answers */
  constructor(names: readonly string[], make: (givenOf: (child: C) => Given<C>) => C) {
    this.names = names;
    this.make = make;
  }

  get size(): number {
    return this.byKey.size;
  }

  all(): MapIterator<C> {
    return this.byKey.values();
  }

  /** The child, if the labels were written in this way before. */
  find(labels: Labels | undefined): Given<C> | undefined {
    return this.tree.find(labels as Attributes | undefined);
  }

  /** The child, which is made if there is none. Throws for labels that the metric has not. */
  lookUp(labels: Labels): Given<C> {
    const found = this.find(labels);
    if (found !== undefined) return found;
    validateLabel(this.names, labels);
    return this.remember(this.lookUpSlowly(labels));
  }

  /** As {@link lookUp}, with the text of these labels from now on, and whatever their names are. */
  begin(labels: Labels): Given<C> {
    const given = this.lookUpSlowly(labels);
    given.child.given = given;
    return given;
  }

  private lookUpSlowly(labels: Labels): Given<C> {
    const key = this.keyOf(labels);
    const copy = { ...labels };
    const child = this.byKey.get(key);
    if (child !== undefined) return new Given(child, copy);
    const made = this.make((one) => new Given(one, copy));
    this.byKey.set(key, made);
    return made.given;
  }

  /** The child with these labels, if there is one. */
  get(labels: Labels): C | undefined {
    return this.byKey.get(this.keyOf(labels));
  }

  remove(child: C): void {
    child.isRemoved = true;
    this.byKey.delete(this.keyOf(child.given.labels));
    for (const given of child.givens.splice(0)) this.tree.forget(given, this.givens());
  }

  clear(): void {
    for (const child of this.byKey.values()) {
      child.isRemoved = true;
      child.givens.length = 0;
    }
    this.byKey.clear();
    this.tree.clear([]);
  }

  private remember(given: Given<C>): Given<C> {
    this.tree.remember(given.labels as Attributes, false, given);
    if (given.ways > 0) given.child.givens.push(given);
    return given;
  }

  private *givens(): Generator<Given<C>> {
    for (const { givens } of this.byKey.values()) yield* givens;
  }

  /** Two sets of labels have one key exactly if their texts are the same. */
  private keyOf(labels: Labels): string {
    let key = '';
    for (let i = 0; i < this.names.length; i++) {
      const value = labels[this.names[i]!];
      if (value === undefined) continue;
      const text = `${value}`;
      key += `${i}:${text.length}:${text},`;
    }
    return key;
  }
}
