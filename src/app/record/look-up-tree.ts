import type { Attributes } from '@opentelemetry/api';
import type { Branch, Found, Place } from './series.ts';

/** A look-up compares the keys of one place one by one. */
const MAX_BRANCHES = 16;

/** The tree is rebuilt only when at least this many of its places lead nowhere. */
const MIN_STALE_PLACES = 64;

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
  private given: Place<T> = newPlace();
  private redacted: Place<T> = newPlace();
  /** Places that got a series since the tree was begun, and those of them that have lost it. */
  private remembered = 0;
  private stale = 0;

  /** @param max the most ways to series that the tree remembers */
  constructor(max: () => number) {
    this.max = max;
  }

  /** The series of attributes as they were given. */
  find(attributes: Attributes | undefined): T | undefined {
    let place: Place<T> | undefined = this.given;
    for (const key in attributes) {
      let branch: Branch<T> | undefined = place.branch;
      while (branch !== undefined && branch.key !== key) branch = branch.next;
      if (branch === undefined) return this.miss(key);
      place = follow(branch, attributes[key]);
      if (place === undefined) return this.miss(key);
    }
    return place.series ?? this.miss(undefined);
  }

  findRedacted(attributes: Attributes): T | undefined {
    let place: Place<T> | undefined = this.redacted;
    for (const [key, value] of Object.entries(attributes)) {
      const branch: Branch<T> | undefined = branchOf(place, key);
      place = branch && follow(branch, value);
      if (place === undefined) return undefined;
    }
    return place.series;
  }

  /** Remembers that attributes in this order lead to a series, unless the tree is full or a value is mutable. */
  remember(attributes: Attributes, isRedacted: boolean, series: T): void {
    if (this.remembered >= this.max()) return;
    const entries = Object.entries(attributes);
    if (entries.some(([, value]) => isMutable(value))) return;
    let place = isRedacted ? this.redacted : this.given;
    for (const [key, value] of entries) {
      const branch = branchOf(place, key);
      const next = branch === undefined ? addBranch(place, key, value) : childOf(branch, value);
      if (next === undefined) return;
      place = next;
    }
    place.series = series;
    series.places = series.places === undefined ? place : [...placesOf(series), place];
    this.remembered++;
  }

  /**
   * Removes the series from the tree. Its places stay until half of all places are empty, when the tree is begun anew.
   *
   * @param others all series that are left
   */
  forget(series: T, others: Iterable<T>): void {
    for (const place of placesOf(series)) place.series = undefined;
    this.stale += placesOf(series).length;
    series.places = undefined;
    if (this.stale >= MIN_STALE_PLACES && this.stale * 2 > this.remembered) this.clear(others);
  }

  /** Empties the tree. Series are found by their identity and come back as they are looked up. */
  clear(all: Iterable<T>): void {
    for (const series of all) series.places = undefined;
    this.given = newPlace();
    this.redacted = newPlace();
    this.remembered = 0;
    this.stale = 0;
  }

  private miss(key: string | undefined): undefined {
    this.missedAt = key;
  }
}

/** The places to which the tree leads for a series. */
export function placesOf<T>({ places }: Found<T>): readonly Place<T>[] {
  if (places === undefined) return [];
  return isList(places) ? places : [places];
}

function isList<T>(places: Place<T> | readonly Place<T>[]): places is readonly Place<T>[] {
  return Array.isArray(places);
}

function newPlace<T>(): Place<T> {
  return { series: undefined, branch: undefined };
}

function isMutable(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function branchOf<T>(place: Place<T>, key: string): Branch<T> | undefined {
  let { branch } = place;
  while (branch !== undefined && branch.key !== key) branch = branch.next;
  return branch;
}

function follow<T>({ children, value: first, place }: Branch<T>, value: unknown): Place<T> | undefined {
  if (children !== undefined) return children.get(value);
  return value === first ? place : undefined;
}

/** The place after the first value of a new branch; `undefined` when there are the most branches. */
function addBranch<T>(from: Place<T>, key: string, value: unknown): Place<T> | undefined {
  let count = 0;
  for (let { branch } = from; branch !== undefined; branch = branch.next) count++;
  if (count >= MAX_BRANCHES) return undefined;
  const place = newPlace<T>();
  from.branch = { key, children: undefined, value, place, next: from.branch };
  return place;
}

function childOf<T>(branch: Branch<T>, value: unknown): Place<T> {
  let place = follow(branch, value);
  if (place === undefined) {
    place = newPlace<T>();
    branch.children ??= new Map([[branch.value, branch.place]]);
    branch.children.set(value, place);
  }
  return place;
}
