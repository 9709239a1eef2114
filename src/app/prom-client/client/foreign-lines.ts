import type { Labels } from './labels.ts';
import { NO_LABELS } from './labels.ts';
import type { TextContext } from './own-metric.ts';
import { braced, labelText, valueText, withDefaults } from './text.ts';

/** The result of any metric's `get()`. */
export interface ReadMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values?: readonly ReadValue[];
}

interface ReadValue {
  readonly value: unknown;
  readonly labels?: Labels;
  /** Labels that several values of a histogram share. */
  readonly sharedLabels?: Labels;
  readonly metricName?: string;
  readonly exemplar?: {
    readonly labelSet: Labels;
    readonly value: unknown;
    readonly timestamp?: number;
  } | null;
}

/** The lines of a metric that is none of this module's, such as one of an aggregation. */
export function* foreignLines(
  { type, values = [] }: ReadMetric,
  { name, defaults, isOpenMetrics }: TextContext,
): Generator<string> {
  for (const { value, labels = NO_LABELS, sharedLabels = NO_LABELS, metricName = name, exemplar } of values) {
    const full = isOpenMetrics && type === 'counter' ? `${metricName}_total` : metricName;
    const set = braced(labelText(withDefaults(labels, defaults), sharedLabels), labelText(sharedLabels));
    const line = `${full}${set} ${valueText(value)}`;
    yield exemplar && isOpenMetrics
      ? `${line} # {${labelText(exemplar.labelSet)}} ${valueText(exemplar.value)} ${exemplar.timestamp}`
      : line;
  }
}
