import type { Attributes } from '@opentelemetry/api';
import type { LabelMaker, Labels } from './labels.ts';

/**
 * The labels of a family's series, kept from scrape to scrape, so that they are made in a series' first scrape
 * only, and that there is one object for all series with equal labels. Series that have gone are forgotten
 * once they are as many as those that have not.
 */
export class FamilyMemory {
  /** How many samples the family had last. */
  served = 0;
  #round = 0;
  readonly #byText = new Map<string, Labels>();
  readonly #metrics = new Map<string, MetricMemory>();

  nextRound(): number {
    if (this.#byText.size > 2 * this.served) {
      this.#byText.clear();
      this.#metrics.clear();
    }
    return ++this.#round;
  }

  /** @param key of one metric within the family */
  metric(key: string, createMaker: () => LabelMaker): MetricMemory {
    let metric = this.#metrics.get(key);
    if (metric === undefined) {
      metric = new MetricMemory(this.#byText, createMaker());
      this.#metrics.set(key, metric);
    }
    return metric;
  }
}

/**
 * The labels of one metric's series in the order in which they came last. Nearly always they come in that
 * order again, with new ones behind them; only where they do not are they looked up.
 */
export class MetricMemory {
  readonly #byText: Map<string, Labels>;
  readonly #make: LabelMaker;
  readonly #attributes: Attributes[] = [];
  readonly #labels: Labels[] = [];
  #byAttributes: Map<Attributes, Labels> | undefined;

  constructor(byText: Map<string, Labels>, make: LabelMaker) {
    this.#byText = byText;
    this.#make = make;
  }

  /** The labels of the series with these attributes. They are asked for in ascending order of their indices. */
  at(index: number, attributes: Attributes): Labels {
    if (index < this.#labels.length) {
      if (this.#attributes[index] === attributes) return this.#labels[index]!;
      this.#byAttributes ??= new Map(this.#attributes.map((known, i) => [known, this.#labels[i]!]));
    }
    const labels = this.#byAttributes?.get(attributes) ?? this.#meet(attributes);
    this.#attributes[index] = attributes;
    this.#labels[index] = labels;
    return labels;
  }

  /** There were so many series. */
  end(count: number): void {
    this.#attributes.length = count;
    this.#labels.length = count;
    this.#byAttributes = undefined;
  }

  #meet(attributes: Attributes): Labels {
    const labels = this.#make(attributes);
    const known = this.#byText.get(labels.text);
    if (known !== undefined) return known;
    this.#byText.set(labels.text, labels);
    return labels;
  }
}
