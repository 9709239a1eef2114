import type { Attributes } from '@opentelemetry/api';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import { attributeText } from '../../model/attribute-text.ts';
import type { Naming } from '../../naming/naming.ts';
import { labelHead, labelText } from './label-text.ts';

/** In the specification scopes have attributes; in the SDK they do not yet. */
export type Scope = ScopeMetrics['scope'] & { readonly attributes?: Attributes };

/** A label before its series is known. */
export interface Column {
  readonly name: string;
  /** The text before the value in the text formats. */
  readonly head: string;
  /** The whole label in the text formats, if it is the same for all series. */
  readonly whole: string | undefined;
  /** More than one if several keys became one name. */
  readonly sources: readonly Source[];
}

/** The source of a label's value: an attribute, or a constant text for all series. */
interface Source {
  /** The attribute's key. It decides the order in which values are joined. */
  readonly key: string;
  readonly name: string;
  readonly constant: string | undefined;
}

/** The columns for attributes with the same keys in the same order. The path to the plan spells the keys. */
interface Plan {
  readonly next: Map<string, Plan>;
  columns?: readonly Column[];
}

/** A label of the metric itself. Attributes cannot have this name in its family. */
const HISTOGRAM_LABEL = 'le';

/** More plans than this would be for keys that hardly come again. Then the cache starts over. */
const MAX_PLANS = 1000;

/**
 * The labels of a scope's series, by the keys of their attributes. Each list of keys is worked out once.
 *
 * A histogram's own `le` takes precedence over an attribute of that name. The attribute becomes `exported_le`,
 * the name that Prometheus gives to a scraped label that collides with one of its own.
 */
export function createColumns(
  naming: Naming,
  {
    scope,
    isHistogram,
    joined,
  }: {
    readonly scope: Scope | undefined;
    readonly isHistogram: boolean;
    /** Called once for each list of keys in which several keys became this label. */
    readonly joined: (label: string, keys: readonly string[]) => void;
  },
): (keys: readonly string[]) => readonly Column[] {
  const constants = scope === undefined ? [] : sourcesOfScope(scope, naming);
  let root: Plan = { next: new Map() };
  let plans = 0;

  function sourceOfAttribute(key: string): Source {
    const label = naming.label(key);
    const name = isHistogram && label === HISTOGRAM_LABEL ? `exported_${label}` : label;
    return { key, name, constant: undefined };
  }

  return (keys) => {
    let plan = root;
    for (const key of keys) {
      let next = plan.next.get(key);
      if (next === undefined) {
        next = { next: new Map() };
        plan.next.set(key, next);
        plans++;
      }
      plan = next;
    }
    if (plans > MAX_PLANS) {
      root = { next: new Map() };
      plans = 0;
    }
    if (plan.columns === undefined) {
      plan.columns = columnsOf([...constants, ...keys.map(sourceOfAttribute)]);
      for (const { name, sources } of plan.columns) {
        if (sources.length > 1)
          joined(
            name,
            sources.map(({ key }) => key),
          );
      }
    }
    return plan.columns;
  };
}

function columnsOf(sources: readonly Source[]): Column[] {
  const sorted = sources.toSorted((a, b) => compare(a.name, b.name) || compare(a.key, b.key));
  return [...Map.groupBy(sorted, ({ name }) => name)].map(([name, joined]) => {
    const head = labelHead(name);
    const isFixed = joined.every(({ constant }) => constant !== undefined);
    const column = { name, head, whole: undefined, sources: joined };
    return isFixed ? { ...column, whole: labelText(head, columnValue(column, {})) } : column;
  });
}

/** Joins the values of several keys that became one label name, with `;`, in the order of the keys. */
export function columnValue({ sources }: Column, attributes: Attributes): string {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only.constant ?? attributeText(attributes[only.key]);
  return sources
    .filter(({ key, constant }) => constant !== undefined || attributes[key] !== undefined)
    .map(({ key, constant }) => constant ?? attributeText(attributes[key]))
    .join(';');
}

/** "Instrumentation Scope" in the compatibility specification. */
function sourcesOfScope(scope: Scope, naming: Naming): Source[] {
  const own = [
    ['otel_scope_name', scope.name],
    ['otel_scope_version', scope.version],
    ['otel_scope_schema_url', scope.schemaUrl],
  ] as const;
  const sources: Source[] = own.map(([key, value]) => ({ key, name: key, constant: attributeText(value) }));
  for (const [attribute, value] of Object.entries(scope.attributes ?? {})) {
    const key = `otel_scope_${attribute}`;
    const name = naming.label(key);
    if (value === undefined || own.some(([taken]) => taken === name)) continue;
    sources.push({ key, name, constant: attributeText(value) });
  }
  return sources;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
