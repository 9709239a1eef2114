import type { Attributes } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { attributeText } from './attribute-text.ts';
import { labelName } from './names.ts';

/**
 * The labels of one series. Label names are unique and ascend; no value is empty, because Prometheus
 * does not tell an empty label from an absent one.
 */
export interface Labels {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /**
   * The same as the text formats write them between the braces: `code="200",method="GET"`. Two series
   * of a family are the same series if, and only if, their texts are equal.
   */
  readonly text: string;
}

/** Labels of the series of one scope. The same attributes object always gives the same labels object. */
export type Labeller = (attributes: Attributes) => Labels;

/** The specification's scopes have attributes; the SDK's do not yet. */
export type Scope = ScopeMetrics['scope'] & { readonly attributes?: Attributes };

/** A label before names that have become equal are joined. */
interface Source {
  /** The key it was made from, which decides the order in which values are joined. */
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/** Labels of the metric itself, which attributes cannot have in its family. */
const HISTOGRAM_LABEL = 'le';

/**
 * Makes labellers and keeps them, so that a series' labels are made in its first scrape only. What is
 * kept goes when the attributes objects go.
 *
 * A histogram's own `le` wins over an attribute of that name, which becomes `exported_le`, the name
 * Prometheus gives to a scraped label that it needs itself.
 */
export function createLabellers(options: { scopeLabels: boolean }) {
  const labellers = new Map<string, Labeller>();
  return (scope: Scope, histogram: boolean): Labeller => {
    const scopeSources = options.scopeLabels ? sourcesOfScope(scope) : [];
    const key = JSON.stringify([histogram, scopeSources]);
    let labeller = labellers.get(key);
    if (labeller === undefined) {
      labeller = createLabeller(scopeSources, histogram);
      labellers.set(key, labeller);
    }
    return labeller;
  };
}

function createLabeller(scopeSources: readonly Source[], histogram: boolean): Labeller {
  const known = new WeakMap<Attributes, Labels>();
  return (attributes) => {
    let labels = known.get(attributes);
    if (labels === undefined) {
      labels = labelsOf([...scopeSources, ...sourcesOfAttributes(attributes, histogram)]);
      known.set(attributes, labels);
    }
    return labels;
  };
}

/** The labels of `target_info`: the resource's attributes and nothing else. */
export function resourceLabels(attributes: Attributes): Labels {
  return labelsOf(sourcesOfAttributes(attributes, false));
}

function sourcesOfAttributes(attributes: Attributes, histogram: boolean): Source[] {
  const sources: Source[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    const name = labelName(key);
    const taken = histogram && name === HISTOGRAM_LABEL;
    sources.push({ key, name: taken ? `exported_${name}` : name, value: attributeText(value) });
  }
  return sources;
}

/** "Instrumentation Scope" in the compatibility specification. */
function sourcesOfScope(scope: Scope): Source[] {
  const own: Source[] = [
    { key: 'otel_scope_name', name: 'otel_scope_name', value: attributeText(scope.name) },
    { key: 'otel_scope_version', name: 'otel_scope_version', value: attributeText(scope.version) },
    { key: 'otel_scope_schema_url', name: 'otel_scope_schema_url', value: attributeText(scope.schemaUrl) },
  ];
  const names = new Set(own.map((source) => source.name));
  for (const [attribute, value] of Object.entries(scope.attributes ?? {})) {
    const key = `otel_scope_${attribute}`;
    const name = labelName(key);
    if (value !== undefined && !names.has(name)) own.push({ key, name, value: attributeText(value) });
  }
  return own;
}

/** Values whose keys became one label name are joined with `;` in the order of those keys. */
function labelsOf(sources: readonly Source[]): Labels {
  const sorted = sources.toSorted((a, b) => compare(a.name, b.name) || compare(a.key, b.key));
  const pairs: [name: string, value: string][] = [];
  for (const { name, value } of sorted) {
    const last = pairs.at(-1);
    if (last !== undefined && last[0] === name) last[1] += `;${value}`;
    else pairs.push([name, value]);
  }
  const kept = pairs.filter(([, value]) => value !== '');
  return { pairs: kept, text: kept.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(',') };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Injective: the three characters that are escaped are the only ones a backslash can come before. */
function escapeLabelValue(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
