import { inspect } from 'node:util';

/** Labels as a caller passed them. JavaScript callers pass values of any type; the text shows them as strings. */
export type Labels = Readonly<Record<string, unknown>>;

export const NO_LABELS: Labels = Object.freeze({});

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether Prometheus accepts the name: https://prometheus.io/docs/concepts/data_model/. */
export function validateMetricName(name: string): boolean {
  return METRIC_NAME.test(name);
}

export function validateLabelNames(names: readonly string[] = []): boolean {
  return names.every((name) => LABEL_NAME.test(name));
}

/** Throws for a label that the metric was not created with. */
export function validateLabel(labelNames: readonly string[], labels: object): void {
  for (const label in labels) {
    if (!labelNames.includes(label)) {
      throw new Error(`Added label "${label}" is not included in initial labelset: ${inspect(labelNames)}`);
    }
  }
}

/** The labels of `labels(…)` and `remove(…)`, which are called with an object or with values in the order of names. */
export function labelsOf(labelNames: readonly string[], args: readonly unknown[]): Labels {
  if (typeof args[0] === 'object') return args[0] as Labels;
  if (labelNames.length !== args.length) {
    throw new Error(
      `Invalid number of arguments (${args.length}): "${args.join(', ')}" for label names ` +
        `(${labelNames.length}): "${labelNames.join(', ')}".`,
    );
  }
  return Object.fromEntries(labelNames.map((name, i) => [name, args[i]]));
}

export function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object';
}
