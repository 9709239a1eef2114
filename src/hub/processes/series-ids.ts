import type { Attributes } from '@opentelemetry/api';

/**
 * Ids of one metric's series, by their attributes objects. Nearly always the series come in the order of the last report
 * and new ones follow them, so that nothing is looked up.
 */
export class SeriesIds {
  private readonly objects: Attributes[] = [];
  private readonly ids: number[] = [];
  private byObject: Map<Attributes, number> | undefined;
  private at = 0;

  /** The id of the report's next series; `undefined` for an unknown object, which {@link meet} has to take then. */
  next(attributes: Attributes): number | undefined {
    const { at, objects, ids } = this;
    if (objects[at] === attributes) {
      this.at++;
      return ids[at];
    }
    if (at < objects.length) this.byObject ??= new Map(objects.map((object, i) => [object, ids[i] ?? 0]));
    const id = this.byObject?.get(attributes);
    if (id !== undefined) this.meet(attributes, id);
    return id;
  }

  meet(attributes: Attributes, id: number): void {
    this.objects[this.at] = attributes;
    this.ids[this.at] = id;
    this.at++;
  }

  /** Ends a report, which may have left out the metric. */
  end(): void {
    if (this.at === 0) return;
    this.objects.length = this.at;
    this.ids.length = this.at;
    this.byObject = undefined;
    this.at = 0;
  }

  clear(): void {
    this.objects.length = 0;
    this.ids.length = 0;
  }
}
