import { type Attributes, diag } from '@opentelemetry/api';
import { canonicalize } from './attributes.ts';
import type { Run } from './cells.ts';
import type { SeriesExemplars } from './exemplars.ts';

/** One series of an instrument: its attributes and its run of cells. `cells[at]` is START. */
export interface Series extends Run {
  readonly id: number;
  readonly attributes: Attributes;
  /** Asked after each recording; `undefined` while none are taken, so that the question costs nothing. */
  exemplars: SeriesExemplars | undefined;
}

/** A place in the look-up tree: the attributes read so far lead here. */
interface Node {
  /** The series with exactly the attributes on the way here. */
  series: Series | undefined;
  /** The keys that have been seen next, as a list: nearly always one, two where one is optional. */
  branch: Branch | undefined;
}

interface Branch {
  readonly key: string;
  readonly children: Map<unknown, Node>;
  next: Branch | undefined;
}

/** OpenTelemetry metrics SDK specification, "Overflow attribute". */
const OVERFLOW: Attributes = Object.freeze({ 'otel.metric.overflow': true });

/** Orders of keys that are remembered for each series on average, before look-ups go the slow way. */
const ORDERS_PER_SERIES = 8;

/**
 * Finds the series of an instrument by attributes given in any order and shape.
 *
 * The fast way walks a tree by key and value in the order in which the caller wrote them: no sorting, no
 * joining of strings, no allocation. A miss takes the slow way, which computes the canonical identity,
 * finds or creates the series, and remembers this order in the tree. (bench/record.ts)
 */
export class SeriesIndex {
  private readonly root: Node = { series: undefined, branch: undefined };
  private readonly byKey = new Map<string, Series>();
  private overflow: Series | undefined;
  private orders = 0;
  private rejectedBefore = false;
  private readonly name: string;
  private readonly limit: number;
  private readonly create: (attributes: Attributes) => Series;

  /**
   * @param limit the most series there will ever be, the overflow series included
   * @param create makes the cells of a new series
   */
  constructor(name: string, limit: number, create: (attributes: Attributes) => Series) {
    this.name = name;
    this.limit = limit;
    this.create = create;
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
    let node: Node | undefined = this.root;
    for (const key in attributes) {
      let branch: Branch | undefined = node.branch;
      while (branch !== undefined && branch.key !== key) branch = branch.next;
      if (branch === undefined) return this.findSlowly(attributes);
      node = branch.children.get(attributes[key]);
      if (node === undefined) return this.findSlowly(attributes);
    }
    return node.series ?? this.findSlowly(attributes);
  }

  private findSlowly(given: Attributes | undefined): Series {
    // JavaScript callers pass anything; only an object has attributes to offer.
    const attributes = typeof given === 'object' && given !== null ? given : {};
    const canonical = canonicalize(attributes);
    if (canonical.rejected.length > 0) this.warnOfRejected(canonical.rejected);
    let series = this.byKey.get(canonical.key);
    if (series === undefined) {
      if (this.byKey.size >= this.limit - 1) return this.overflowSeries();
      series = this.create(canonical.attributes);
      this.byKey.set(canonical.key, series);
    }
    this.remember(attributes, series);
    return series;
  }

  private overflowSeries(): Series {
    if (this.overflow === undefined) {
      this.overflow = this.create(OVERFLOW);
      this.byKey.set(canonicalize(OVERFLOW).key, this.overflow);
      diag.warn(
        `pitot: instrument '${this.name}' has reached its limit of ${this.limit} series; further sets of ` +
          `attributes are counted in the one series otel.metric.overflow=true. Give its attributes fewer ` +
          'values, or raise PITOT_SERIES_LIMIT.',
      );
    }
    return this.overflow;
  }

  /** Enters this order of attributes into the tree, unless a value could change behind our back. */
  private remember(attributes: Attributes, series: Series): void {
    if (this.orders >= this.limit * ORDERS_PER_SERIES) return;
    const keys = Object.keys(attributes);
    if (keys.some((key) => isMutable(attributes[key]))) return;
    let node = this.root;
    for (const key of keys) node = child(branchOf(node, key), attributes[key]);
    node.series = series;
    this.orders++;
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

function isMutable(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function branchOf(node: Node, key: string): Branch {
  let branch = node.branch;
  while (branch !== undefined && branch.key !== key) branch = branch.next;
  if (branch === undefined) {
    branch = { key, children: new Map(), next: node.branch };
    node.branch = branch;
  }
  return branch;
}

function child(branch: Branch, value: unknown): Node {
  let node = branch.children.get(value);
  if (node === undefined) {
    node = { series: undefined, branch: undefined };
    branch.children.set(value, node);
  }
  return node;
}
