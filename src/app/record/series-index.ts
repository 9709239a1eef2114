import type { Attributes } from '@opentelemetry/api';
import { reasonOf } from '../../base/reason.ts';
import { warnAtCaller } from '../../base/safely.ts';
import { canonicalize, haveOneIdentity } from '../../model/attributes.ts';
import type { Redactor } from '../../model/redaction.ts';
import { OVERFLOW_ATTRIBUTE, type SeriesLimit } from '../../model/series-limit.ts';
import { AttributeValues } from './attribute-values.ts';
import { hashOf, type Identified, IdentityMap } from './identity-map.ts';
import { LookUpTree } from './look-up-tree.ts';
import type { Found, Series } from './series.ts';

const OVERFLOW = identify({ [OVERFLOW_ATTRIBUTE]: true });

/** Orders of keys that the tree remembers for each series on average; look-ups by further ones take the slow way. */
const ORDERS_PER_SERIES = 8;
/** The same for the overflow series: attribute sets whose single values are all known. */
const OVERFLOWS_PER_SERIES = 4;

const EMPTY_ATTRIBUTES: Attributes = Object.freeze({});

/** Makes the cells of series. */
export interface SeriesMaker {
  /** A series that the hub reads. */
  create(identity: Identified): Series;
  /** Cells without a reader, for recordings that have no other place. */
  sink(): Series;
}

/**
 * Finds the series of an instrument by attributes in any order and shape.
 *
 * The fast way is a look-up tree. A miss takes the slow way, which redacts, computes the canonical identity, finds
 * or creates the series, and remembers this order of keys in the tree. Once the instrument has reached its limit,
 * attributes with a value that no series has go straight to the overflow series.
 *
 * Attributes come from the application, which may pass proxies and getters that throw: no method throws for them.
 */
export class SeriesIndex {
  readonly limit: SeriesLimit;
  private readonly name: string;
  private redactor: Redactor;
  private readonly maker: SeriesMaker;
  private readonly tree: LookUpTree<Series>;
  private readonly series = new IdentityMap<Series>();
  private overflow: Series | undefined;
  /** The end of the ways to the overflow series. A new one takes its place when the tree forgets them. */
  private overflowEnd: Found<Series> = { found: undefined, ways: 0 };
  /** The values of all series, from the moment the limit was first reached. */
  private values: AttributeValues | undefined;
  /** The attribute by which the last set of attributes went to the overflow series. */
  private suspect = '';
  /** Series that were made before a rule redacted their attributes. */
  private readonly exposed = new WeakSet<Series>();
  private hasWarnedOfRejected = false;
  private hasWarnedOfUnreadable = false;

  constructor(name: string, limit: SeriesLimit, redactor: Redactor, maker: SeriesMaker) {
    this.name = name;
    this.limit = limit;
    this.redactor = redactor;
    this.maker = maker;
    this.tree = new LookUpTree(() => this.limit.max * ORDERS_PER_SERIES);
  }

  get isEmpty(): boolean {
    return this.series.size === 0;
  }

  /** Every series, in order of creation. */
  all(): readonly Series[] {
    return [...this.series.values()].sort((a, b) => a.id - b.id);
  }

  /** The series with these attributes. A new one is created below the limit; beyond it, the overflow series counts. */
  find(attributes: Attributes | undefined): Series {
    try {
      return this.tree.find(attributes) ?? this.findSlowly(attributes);
    } catch (error) {
      return this.findWithout(error);
    }
  }

  /** The series with these attributes if there is one. */
  get(attributes: Attributes | undefined): Series | undefined {
    try {
      return this.series.get(identify(this.redactor.redact({ ...objectOf(attributes) })));
    } catch (error) {
      this.warnOfUnreadable(error);
      return undefined;
    }
  }

  /** Whether this is the series of everything beyond the limit. */
  isOverflow(series: Series): boolean {
    return series.attributes === OVERFLOW.attributes;
  }

  /** The series that takes the place of a removed one. */
  renew(series: Series): Series {
    // Attributes that have been redacted must not be so again.
    if (this.exposed.has(series)) return this.findSlowly(series.attributes);
    return this.series.get(series) ?? this.add(series);
  }

  /** Forgets a series. The caller gives its cells back. */
  remove(series: Series): void {
    series.isRemoved = true;
    series.isPlain = false;
    this.series.delete(series);
    this.tree.forget(series, this.ends());
    if (series === this.overflow) this.overflow = undefined;
    else this.values?.remove(series.attributes);
    // If it was another, one of the sets of attributes that went to the overflow series has a place now.
    this.forgetOverflow();
  }

  /**
   * Redacts by other rules from now on.
   *
   * @returns the series with values that the new rules redact
   */
  redactBy(redactor: Redactor): Series[] {
    const before = this.redactor;
    this.redactor = redactor;
    this.tree.clear(this.ends());
    const exposed = this.all().filter(({ attributes }) =>
      Object.keys(attributes).some((name) => redactor.redacts(name) && !before.redacts(name)),
    );
    for (const series of exposed) this.exposed.add(series);
    return exposed;
  }

  /** Without the attributes, which could not be read; in private cells, where even shared memory is not to be had. */
  private findWithout(error: unknown): Series {
    this.warnOfUnreadable(error);
    try {
      return this.findSlowly(undefined);
    } catch {
      return this.maker.sink();
    }
  }

  private findSlowly(given: Attributes | undefined): Series {
    const { missedAt } = this.tree;
    if (this.isFull && this.hasStrangeValue(objectOf(given), missedAt)) return this.overflowSeries();
    // A copy, because getters may answer differently each time: the tree must not lead one answer to another's series.
    const attributes = { ...objectOf(given) };
    const stored = this.redactor.redact(attributes);
    const isRedacted = stored !== attributes;
    if (isRedacted) {
      const known = this.tree.findRedacted(stored);
      if (known !== undefined) return known;
      if (this.isFull && Object.keys(stored).some((name) => this.isStrange(name, stored[name]))) {
        return this.overflowSeries();
      }
    }
    const identity = identify(stored);
    const series = this.series.get(identity) ?? this.add(identity);
    if (identity.rejected.length > 0) this.warnOfRejected(identity.rejected);
    else {
      const end = series === this.overflow ? this.overflowEnd : series;
      if (end === series || end.ways < this.limit.max * OVERFLOWS_PER_SERIES) {
        this.tree.remember(stored, isRedacted, end);
      }
    }
    return series;
  }

  /**
   * Whether one value alone shows that no series has these attributes. The first candidates are the attribute that
   * showed it the last time, and the one at which the look-up ended. (bench/cardinality.ts)
   */
  private hasStrangeValue(attributes: Attributes, missedAt: string | undefined): boolean {
    if (this.isStrangeAsGiven(this.suspect, attributes)) return true;
    if (missedAt !== undefined && this.isStrangeAsGiven(missedAt, attributes)) return true;
    for (const name in attributes) if (this.isStrangeAsGiven(name, attributes)) return true;
    return false;
  }

  /** A value that a rule redacts shows nothing: series hold its replacement. */
  private isStrangeAsGiven(name: string, attributes: Attributes): boolean {
    const isStrange =
      this.isStrange(name, attributes[name]) &&
      Object.hasOwn(attributes, name) &&
      !this.redactor.redacts(name);
    if (isStrange) this.suspect = name;
    return isStrange;
  }

  /** Whether no series has this value, and no place is reserved for it. */
  private isStrange(name: string, value: unknown): boolean {
    return this.values?.lacks(name, value) === true && !this.limit.isReserved(name, value);
  }

  private get isFull(): boolean {
    return this.limit.isReached(this.count);
  }

  /** Without the series of the overflow. */
  private get count(): number {
    return this.overflow === undefined ? this.series.size : this.series.size - 1;
  }

  private add(identity: Identified): Series {
    if (isOverflow(identity)) return this.overflowSeries();
    if (!this.limit.hasRoomFor(this.count, identity.attributes)) {
      if (this.values === undefined) this.beginOverflow();
      return this.overflowSeries();
    }
    const series = this.maker.create(identity);
    this.series.add(series);
    this.values?.add(identity.attributes);
    return series;
  }

  private overflowSeries(): Series {
    if (this.overflow === undefined) {
      this.overflow = this.maker.create(OVERFLOW);
      this.series.add(this.overflow);
      this.overflowEnd.found = this.overflow;
    }
    return this.overflow;
  }

  private forgetOverflow(): void {
    const before = this.overflowEnd;
    this.overflowEnd = { found: this.overflow, ways: 0 };
    this.tree.forget(before, this.ends());
  }

  /** All ends of ways through the tree. */
  private *ends(): Generator<Found<Series>, void> {
    yield* this.series.values();
    yield this.overflowEnd;
  }

  private beginOverflow(): void {
    this.values = new AttributeValues();
    for (const { attributes } of this.series.values()) this.values.add(attributes);
    const most = this.values.mostVaried();
    warnAtCaller(
      `instrument '${this.name}' has reached its limit of ${this.limit.max} series; further sets of ` +
        'attributes count in its series otel.metric.overflow=true. ' +
        (most === undefined
          ? ''
          : `Its attribute '${most.name}' has the most values, ${most.values}: give it fewer, or `) +
        `raise the limit by PITOT_SERIES_LIMITS=${this.name}=…`,
    );
  }

  private warnOfRejected(keys: readonly string[]): void {
    if (this.hasWarnedOfRejected) return;
    this.hasWarnedOfRejected = true;
    warnAtCaller(
      `instrument '${this.name}' was given attributes that no metric can have (${keys.join(', ')}: a ` +
        'function, symbol, bigint or cycle); they are left out of its series. Pass strings, numbers or booleans.',
    );
  }

  private warnOfUnreadable(error: unknown): void {
    if (this.hasWarnedOfUnreadable) return;
    this.hasWarnedOfUnreadable = true;
    warnAtCaller(
      `instrument '${this.name}' was given attributes that cannot be read (${reasonOf(error)}); it records without ` +
        'them. Pass a plain object.',
    );
  }
}

function identify(attributes: Attributes): Identified & { readonly rejected: readonly string[] } {
  const { attributes: canonical, key, rejected } = canonicalize(attributes);
  return { attributes: canonical, hash: hashOf(key), rejected };
}

function isOverflow({ attributes, hash }: Identified): boolean {
  return hash === OVERFLOW.hash && haveOneIdentity(attributes, OVERFLOW.attributes);
}

function objectOf(given: Attributes | undefined): Attributes {
  // JavaScript callers pass anything.
  return typeof given === 'object' && given !== null ? given : EMPTY_ATTRIBUTES;
}
