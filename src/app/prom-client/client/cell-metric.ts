import { BaseMetric } from './base-metric.ts';
import { CellChild, type Shape } from './cells.ts';
import { LabelSets } from './label-sets.ts';
import { type Labels, labelsOf, NO_LABELS, validateLabel } from './labels.ts';
import type { Recording } from './recording.ts';
import type { MetricType } from './types.ts';

/** Counters, gauges and histograms, whose numbers are in cells. */
export abstract class CellMetric<T extends string> extends BaseMetric<T, Recording> {
  protected readonly children: LabelSets<CellChild>;
  protected abstract readonly shape: Shape;

  protected constructor(type: MetricType, config: object, defaults: object) {
    super(type, config, defaults);
    this.children = new LabelSets<CellChild>(this.labelNames, (givenOf) => {
      const child = new CellChild(this.shape, givenOf);
      this.recorded?.attach(child);
      return child;
    });
  }

  protected abstract startRecording(name: string, defaults: Labels): Recording;

  protected override record(name: string, defaults: Labels): Recording {
    const recording = this.startRecording(name, defaults);
    for (const child of this.children.all()) recording.attach(child);
    return recording;
  }

  protected removeLabels(args: readonly unknown[]): void {
    const labels = labelsOf(this.labelNames, args) ?? NO_LABELS;
    validateLabel(this.labelNames, labels);
    const child = this.children.get(labels);
    if (child === undefined) return;
    this.children.remove(child);
    this.recorded?.release([child]);
  }

  protected removeAll(): void {
    const children = [...this.children.all()];
    this.children.clear();
    for (const child of children) child.isPlain = false;
    this.recorded?.release(children);
  }

  /** Makes sure that a child that a recording changes is in the recorder. */
  protected attached(child: CellChild): CellChild {
    if (child.series === undefined) this.recorded?.attach(child);
    return child;
  }
}
