import type { Attributes } from '@opentelemetry/api';
import type { Found, Node, Place } from './series.ts';

/** A look-up compares the keys of one place one by one. */
const MAX_BRANCHES = 16;

/**
 * Not `Object.hasOwn`, which takes 20 ns more for three keys: of this one V8 knows that in a loop over the keys of the
 * same object it is true, unless the object inherits some. (bench/record.ts)
 */
const { hasOwnProperty: hasOwn } = Object.prototype;

/** The tree is rebuilt only when at least this many of its ways end nowhere. */
const MIN_STALE_WAYS = 64;

/**
 * Finds series by attributes in the order in which the caller wrote them, key by key and value by value: it sorts
 * nothing, joins no strings and allocates nothing. (bench/record.ts) The series may be those of an instrument, or of a
 * metric of prom-client's API.
 *
 * Attributes as given and redacted attributes have a tree each: a given value never counts as the replacement of
 * another one.
 */
export class LookUpTree<T extends Found<T>> {
  /** The key at which the last failed look-up ended; `undefined` when it ended behind the last key. */
  missedAt: string | undefined;
  private readonly max: () => number;
  private given: Place<T> = newPlace<T>(undefined);
  private redacted: Place<T> = newPlace<T>(undefined);
  /** Ways that got an end since the tree was begun, and those of them that have lost it. */
  private remembered = 0;
  private stale = 0;

  /** @param max the most ways to series that the tree remembers */
  constructor(max: () => number) {
    this.max = max;
  }

  /** The series of attributes as they were given. */
  find(attributes: Attributes | undefined): T | undefined {
    let place: Node<T> | undefined = this.given;
    for (const key in attributes) {
      if (!hasOwn.call(attributes, key)) continue;
      while (place.key !== key) {
        place = place.nextBranch;
        if (place === undefined) return this.miss(key);
      }
      place = follow(place, attributes[key]);
      if (place === undefined) return this.miss(key);
    }
    return place.found?.found ?? this.miss(undefined);
  }

  findRedacted(attributes: Attributes): T | undefined {
    let place: Node<T> = this.redacted;
    for (const [key, value] of Object.entries(attributes)) {
      const branch: Place<T> | undefined = branchOf(place, key);
      const next: Node<T> | undefined = branch && follow(branch, value);
      if (next === undefined) return undefined;
      place = next;
    }
    return place.found?.found;
  }

  /**
   * Remembers that attributes in this order lead to a series, unless the tree is full or a value is mutable. A series
   * is its own last place, until further keys follow.
   */
  remember(attributes: Attributes, isRedacted: boolean, end: Found<T>): void {
    if (this.remembered >= this.max()) return;
    const entries = Object.entries(attributes);
    if (entries.some(([, value]) => isMutable(value))) return;
    const last = entries.length - 1;
    let place = isRedacted ? this.redacted : this.given;
    for (const [i, [key, value]] of entries.entries()) {
      const branch = branchOf(place, key) ?? addBranch(place, key, value);
      if (branch === undefined) return;
      const next = follow(branch, value);
      if (next !== undefined && isPlace(next)) place = next;
      else if (i === last) {
        put(branch, value, end);
        this.count(end);
        return;
      } else {
        place = newPlace(next);
        put(branch, value, place);
      }
    }
    place.found = end;
    this.count(end);
  }

  /**
   * Removes all ways to an end. Its places stay until half of all ways end nowhere, when the tree is begun anew.
   *
   * @param others all ends that are left
   */
  forget(end: Found<T>, others: Iterable<Found<T>>): void {
    end.found = undefined;
    this.stale += end.ways;
    end.ways = 0;
    if (this.stale >= MIN_STALE_WAYS && this.stale * 2 > this.remembered) this.clear(others);
  }

  /** Empties the tree. Series are found by their identity and come back as they are looked up. */
  clear(all: Iterable<Found<T>>): void {
    for (const end of all) end.ways = 0;
    this.given = newPlace<T>(undefined);
    this.redacted = newPlace<T>(undefined);
    this.remembered = 0;
    this.stale = 0;
  }

  private count(end: Found<T>): void {
    end.ways++;
    this.remembered++;
  }

  private miss(key: string | undefined): undefined {
    this.missedAt = key;
  }
}

function newPlace<T>(found: Found<T> | undefined): Place<T> {
  return {
    found,
    key: undefined,
    children: undefined,
    value: undefined,
    child: undefined,
    nextBranch: undefined,
  };
}

function isPlace<T>(node: Node<T>): node is Place<T> {
  return 'nextBranch' in node;
}

function isMutable(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function branchOf<T>(place: Node<T>, key: string): Place<T> | undefined {
  let branch: Node<T> | undefined = place;
  while (branch !== undefined && branch.key !== key) branch = branch.nextBranch;
  return branch;
}

function follow<T>({ children, value: first, child }: Place<T>, value: unknown): Node<T> | undefined {
  if (children !== undefined) return children.get(value);
  return value === first ? child : undefined;
}

/** A new branch, whose first value leads nowhere yet; `undefined` when there are the most branches. */
function addBranch<T>(from: Place<T>, key: string, value: unknown): Place<T> | undefined {
  let branch = from;
  if (from.key !== undefined) {
    let count = 0;
    for (let next: Place<T> | undefined = from; next !== undefined; next = next.nextBranch) count++;
    if (count >= MAX_BRANCHES) return undefined;
    branch = newPlace<T>(undefined);
    branch.nextBranch = from.nextBranch;
    from.nextBranch = branch;
  }
  branch.key = key;
  branch.value = value;
  return branch;
}

/** Lets a value of a branch lead to a node. */
function put<T>(branch: Place<T>, value: unknown, node: Node<T>): void {
  const { children, value: first, child } = branch;
  if (children !== undefined) children.set(value, node);
  else if (child === undefined) {
    branch.value = value;
    branch.child = node;
  } else if (value === first) branch.child = node;
  else {
    branch.children = new Map([
      [first, child],
      [value, node],
    ]);
  }
}
