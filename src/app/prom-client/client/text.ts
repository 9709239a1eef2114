import type { Given } from './label-sets.ts';
import type { Labels } from './labels.ts';

/** A number as prom-client writes it. Prometheus reads `Nan` in any case. */
export function valueText(value: unknown): string {
  if (Number.isNaN(value)) return 'Nan';
  // prom-client writes every value that is not a finite number as an infinity.
  return Number.isFinite(value) ? `${value}` : Number(value) < 0 ? '-Inf' : '+Inf';
}

/** The text of labels without their braces: `a="1",b="2"`. */
export function labelText(labels: Labels, exclude: Labels = {}): string {
  let text = '';
  for (const name of Object.keys(labels)) {
    if (Object.hasOwn(exclude, name)) continue;
    if (text !== '') text += ',';
    text += `${name}="${escapedValue(labels[name])}"`;
  }
  return text;
}

export function braced(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join(',');
  return text === '' ? '' : `{${text}}`;
}

export function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

function escapedValue(value: unknown): unknown {
  return typeof value === 'string' ? escaped(value).replace(/"/g, '\\"') : value;
}

/** The text of a child's labels, in a form that `make` gives it, from its memory where possible. */
export function remembered<C>(
  given: Given<C>,
  defaults: Labels,
  make: (labels: Labels, defaults: Labels) => string,
): string {
  if (given.textFor !== defaults) {
    given.text = make(given.labels, defaults);
    given.textFor = defaults;
  }
  return given.text;
}

/** The labels, and then the default labels that they lack. */
export function withDefaults(labels: Labels, defaults: Labels): Labels {
  return { ...labels, ...defaults, ...labels };
}
