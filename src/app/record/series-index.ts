import { type Attributes, diag } from '@opentelemetry/api';
import { type CanonicalAttributes, canonicalize } from '../../model/attributes.ts';
import type { Redactor } from '../../model/redaction.ts';
import { OVERFLOW_ATTRIBUTE, type SeriesLimit } from '../../model/series-limit.ts';
import { AttributeValues } from './attribute-values.ts';
import { LookUpTree } from './look-up-tree.ts';
import type { Series } from './series.ts';

const OVERFLOW = canonicalize({ [OVERFLOW_ATTRIBUTE]: true });

/** Orders of keys that are remembered for each series on average, before look-ups go the slow way. */
const ORDERS_PER_SERIES = 8;
/** As many of them may lead to the overflow series: sets of attributes of which every single value is known. */
const OVERFLOWS_PER_SERIES = 4;

const EMPTY_ATTRIBUTES: Attributes = Object.freeze({});

/** What a series is made of. */
export type Identity = Pick<CanonicalAttributes, 'attributes' | 'key'>;

/**
 * Finds the series of an instrument by attributes given in any order and shape.
 *
 * The fast way is a look-up tree. A miss takes the slow way, which redacts, computes the canonical
 * identity, finds or creates the series, and remembers this order in the tree. Once the limit is reached,
 * attributes with a value that no series has go to the overflow series without more ado.
 */
export class SeriesIndex {
  readonly limit: SeriesLimit;
  private readonly name: string;
  private redactor: Redactor;
  private readonly create: (identity: Identity) => Series;
  private readonly tree: LookUpTree;
  private readonly byKey = new Map<string, Series>();
  private overflow: Series | undefined;
  /** What values there are; from the moment on when the limit was first reached. */
  private values: AttributeValues | undefined;
  /** The attribute that had a value which no series has, the last time. */
  private suspect = '';
  /** Series that were made before what is in their attributes was to be redacted. */
  private readonly exposed = new WeakSet<Series>();
  private rejectedBefore = false;

  /** @param create makes the cells of a new series */
  constructor(name: string, limit: SeriesLimit, redactor: Redactor, create: (identity: Identity) => Series) {
    this.name = name;
    this.limit = limit;
    this.redactor = redactor;
    this.create = create;
    this.tree = new LookUpTree(() => this.limit.max * ORDERS_PER_SERIES);
  }

  get isEmpty(): boolean {
    return this.byKey.size === 0;
  }

  /** Every series there is, in order of creation. */
  all(): Iterable<Series> {
    return this.byKey.values();
  }

  /** The series with these attributes; made if there is none, the overflow series if there are too many. */
  find(attributes: Attributes | undefined): Series {
    return this.tree.find(attributes) ?? this.findSlowly(attributes);
  }

  /** The series with these attributes if there is one. */
  get(attributes: Attributes | undefined): Series | undefined {
    return this.byKey.get(canonicalize(this.redactor.redact(objectOf(attributes))).key);
  }

  /** Whether this is the series of all that is beyond the limit. */
  isOverflow(series: Series): boolean {
    return series.key === OVERFLOW.key;
  }

  /** A series in place of one that has been removed. */
  renew(series: Series): Series {
    // Attributes that have been redacted must not be so again.
    if (this.exposed.has(series)) return this.findSlowly(series.attributes);
    return this.byKey.get(series.key) ?? this.add(series);
  }

  /** The series is no more; its cells are the caller's to give back. */
  remove(series: Series): void {
    series.isRemoved = true;
    series.isPlain = false;
    this.byKey.delete(series.key);
    this.tree.forget(series, this.byKey.values());
    if (series === this.overflow) {
      this.overflow = undefined;
      return;
    }
    this.values?.remove(series.attributes);
    // There is a place for one of those that were counted in the overflow.
    if (this.overflow !== undefined) this.tree.forget(this.overflow, this.byKey.values());
  }

  /**
   * Redacts by other rules from now on.
   *
   * @returns the series that hold values which the new rules do not let pass
   */
  redactBy(redactor: Redactor): Series[] {
    const before = this.redactor;
    this.redactor = redactor;
    this.tree.clear(this.byKey.values());
    const exposed = [...this.byKey.values()].filter(({ attributes }) =>
      Object.keys(attributes).some((name) => redactor.redacts(name) && !before.redacts(name)),
    );
    for (const series of exposed) this.exposed.add(series);
    return exposed;
  }

  private findSlowly(given: Attributes | undefined): Series {
    const { missedAt } = this.tree;
    const attributes = objectOf(given);
    if (this.isFull && this.hasStrangeValue(attributes, missedAt)) return this.overflowSeries();
    const stored = this.redactor.redact(attributes);
    const isRedacted = stored !== attributes;
    if (isRedacted) {
      const known = this.tree.findRedacted(stored);
      if (known !== undefined) return known;
      if (this.isFull && Object.keys(stored).some((name) => this.isStrange(name, stored[name]))) {
        return this.overflowSeries();
      }
    }
    const canonical = canonicalize(stored);
    const series = this.byKey.get(canonical.key) ?? this.add(canonical);
    if (canonical.rejected.length > 0) this.warnOfRejected(canonical.rejected);
    else if (series !== this.overflow || series.places.length < this.limit.max * OVERFLOWS_PER_SERIES) {
      this.tree.remember(stored, isRedacted, series);
    }
    return series;
  }

  /**
   * Whether one value says that these are no series' attributes, nor will be: most often that which said so
   * the last time, or that at which the look-up ended. (bench/cardinality.ts)
   */
  private hasStrangeValue(attributes: Attributes, missedAt: string | undefined): boolean {
    if (this.isStrangeAsGiven(this.suspect, attributes)) return true;
    if (missedAt !== undefined && this.isStrangeAsGiven(missedAt, attributes)) return true;
    for (const name in attributes) if (this.isStrangeAsGiven(name, attributes)) return true;
    return false;
  }

  /** What a value says that is to be redacted is not known. */
  private isStrangeAsGiven(name: string, attributes: Attributes): boolean {
    const isStrange =
      this.isStrange(name, attributes[name]) &&
      Object.hasOwn(attributes, name) &&
      !this.redactor.redacts(name);
    if (isStrange) this.suspect = name;
    return isStrange;
  }

  /** Whether no series has this value, nor a place that is reserved for it. */
  private isStrange(name: string, value: unknown): boolean {
    return this.values?.lack(name, value) === true && !this.limit.isDeclared(name, value);
  }

  private get isFull(): boolean {
    return this.limit.isReached(this.count);
  }

  /** Without the series of the overflow. */
  private get count(): number {
    return this.overflow === undefined ? this.byKey.size : this.byKey.size - 1;
  }

  private add(identity: Identity): Series {
    if (identity.key === OVERFLOW.key) return this.overflowSeries();
    if (!this.limit.hasRoomFor(this.count, identity.attributes)) {
      if (this.values === undefined) this.beginOverflow();
      return this.overflowSeries();
    }
    const series = this.create(identity);
    this.byKey.set(identity.key, series);
    this.values?.add(identity.attributes);
    return series;
  }

  private overflowSeries(): Series {
    if (this.overflow === undefined) {
      this.overflow = this.create(OVERFLOW);
      this.byKey.set(OVERFLOW.key, this.overflow);
    }
    return this.overflow;
  }

  private beginOverflow(): void {
    this.values = new AttributeValues();
    for (const { attributes } of this.byKey.values()) this.values.add(attributes);
    const most = this.values.mostVaried();
    diag.warn(
      `pitot: instrument '${this.name}' has reached its limit of ${this.limit.max} series; further sets of ` +
        'attributes are counted in the one series otel.metric.overflow=true. ' +
        (most === undefined
          ? ''
          : `Its attribute '${most.name}' has the most values, ${most.values}: give it fewer, or `) +
        `raise the limit by PITOT_SERIES_LIMITS=${this.name}=…`,
    );
  }

  private warnOfRejected(keys: readonly string[]): void {
    if (this.rejectedBefore) return;
    this.rejectedBefore = true;
    diag.warn(
      `pitot: instrument '${this.name}' was given attributes that no metric can have (${keys.join(', ')}: a ` +
        'function, symbol, bigint or cycle); they are left out of its series. Pass strings, numbers or booleans.',
    );
  }
}

function objectOf(given: Attributes | undefined): Attributes {
  // JavaScript callers pass anything; only an object has attributes to offer.
  return typeof given === 'object' && given !== null ? given : EMPTY_ATTRIBUTES;
}
