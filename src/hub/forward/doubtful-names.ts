import type { Attributes } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';

/** Maximum number of names in the warning. */
const MAX_NAMES = 5;

/** As much of `ResourceMetrics` as has names. */
interface Named {
  readonly resource: { readonly attributes: Attributes };
  readonly scopeMetrics: readonly ScopeMetrics[];
}

/**
 * Names that a receiver may not be able to translate, each with its place: names with a character outside printable
 * ASCII, or without a letter and a digit. Prometheus, for example, refuses the whole request because of a single such
 * attribute, every time. Each name appears once, with at most {@link MAX_NAMES} in total.
 */
export function doubtfulNames({ resource, scopeMetrics }: Named): readonly string[] {
  const found = new Map<string, string>();
  const check = (name: string, describe: (quoted: string) => string) => {
    if (isDoubtful(name) && !found.has(name)) found.set(name, describe(JSON.stringify(name)));
  };
  const checkKeys = (attributes: Attributes, place: string) => {
    for (const key of Object.keys(attributes)) check(key, (quoted) => `attribute ${quoted} of ${place}`);
  };
  checkKeys(resource.attributes, 'the resource');
  for (const { metrics } of scopeMetrics) {
    for (const { descriptor, dataPoints } of metrics) {
      if (found.size >= MAX_NAMES) return [...found.values()].slice(0, MAX_NAMES);
      check(descriptor.name, (quoted) => `metric ${quoted}`);
      for (const { attributes } of dataPoints)
        checkKeys(attributes, `metric ${JSON.stringify(descriptor.name)}`);
    }
  }
  return [...found.values()].slice(0, MAX_NAMES);
}

function isDoubtful(name: string): boolean {
  return /[^ -~]/.test(name) || !/[a-zA-Z0-9]/.test(name);
}
