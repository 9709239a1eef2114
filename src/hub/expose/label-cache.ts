import type { Attributes } from '@opentelemetry/api';
import type { LabelMaker, Labels } from './labels.ts';

/**
 * Keeps the labels of a family's series from scrape to scrape: the first scrape of a series makes them, and all series
 * with equal labels share one object. The cache starts anew once the series that ended outnumber the others.
 */
export class LabelCache {
  /** The number of samples in the last translation. */
  served = 0;
  #generation = 0;
  readonly #byText = new Map<string, Labels>();
  readonly #metrics = new Map<string, MetricLabels>();

  /** Begins a translation. */
  nextGeneration(): number {
    if (this.#byText.size > 2 * this.served) {
      this.#byText.clear();
      this.#metrics.clear();
    }
    return ++this.#generation;
  }

  /** @param key of one metric within the family */
  metric(key: string, createMaker: () => LabelMaker): MetricLabels {
    let metric = this.#metrics.get(key);
    if (metric === undefined) {
      metric = new MetricLabels(this.#byText, createMaker());
      this.#metrics.set(key, metric);
    }
    return metric;
  }
}

/**
 * The labels of one metric's series, in the order of the last translation. Nearly always the series keep that order and
 * new ones follow them; only otherwise does the cache look labels up.
 */
export class MetricLabels {
  readonly #byText: Map<string, Labels>;
  readonly #make: LabelMaker;
  readonly #attributes: Attributes[] = [];
  #labels: Labels[] = [];
  /** Whether a translation still refers to the labels as they are. */
  #isShared = false;
  /** Whether no two series have the same labels, once it is known. */
  #areDistinct: boolean | undefined;
  #byAttributes: Map<Attributes, Labels> | undefined;
  /** The list of attributes that the labels are those of, if callers gave one. */
  #list: readonly Attributes[] | undefined;

  constructor(byText: Map<string, Labels>, make: LabelMaker) {
    this.#byText = byText;
    this.#make = make;
  }

  /** The labels of the series with these attributes. Callers ask in ascending order of indices. */
  at(index: number, attributes: Attributes): Labels {
    if (index < this.#labels.length) {
      if (this.#attributes[index] === attributes) return this.#labels[index]!;
      this.#byAttributes ??= new Map(this.#attributes.map((known, i) => [known, this.#labels[i]!]));
    }
    const labels = this.#byAttributes?.get(attributes) ?? this.#meet(attributes);
    this.#change();
    this.#attributes[index] = attributes;
    this.#labels[index] = labels;
    return labels;
  }

  /** Ends a translation of this many series. */
  end(count: number): void {
    if (count !== this.#labels.length) this.#change();
    this.#attributes.length = count;
    this.#labels.length = count;
    this.#byAttributes = undefined;
  }

  /** Whether the labels are those of this list, which does not change. */
  isOf(list: readonly Attributes[]): boolean {
    return this.#list === list;
  }

  /** The same as {@link end}, for the series of a list that does not change. */
  endList(list: readonly Attributes[]): void {
    this.end(list.length);
    this.#list = list;
  }

  /** The labels of the last translation, which do not change; `undefined` if two series have the same. */
  get distinct(): readonly Labels[] | undefined {
    this.#areDistinct ??= new Set(this.#labels).size === this.#labels.length;
    if (!this.#areDistinct) return undefined;
    this.#isShared = true;
    return this.#labels;
  }

  #change(): void {
    this.#areDistinct = undefined;
    this.#list = undefined;
    if (!this.#isShared) return;
    this.#isShared = false;
    this.#labels = [...this.#labels];
  }

  #meet(attributes: Attributes): Labels {
    const labels = this.#make(attributes);
    const known = this.#byText.get(labels.text);
    if (known !== undefined) return known;
    this.#byText.set(labels.text, labels);
    return labels;
  }
}
