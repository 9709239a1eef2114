import type { AttributeContract, Contract, MetricContract } from '../contract/contract.ts';
import { attributeText } from '../model/attribute-text.ts';
import { createNaming, DEFAULT_NAMING, type Naming, TRANSLATION_STRATEGIES } from '../naming/naming.ts';
import type { LiveFamily } from './exposition.ts';
import { attributesByLabel, prometheusName, prometheusType } from './prometheus.ts';

/** The kinds of differences. */
export const DIFFERENCES = ['missing', 'unknown', 'type', 'unit', 'attribute', 'value'] as const;

/** One difference between an endpoint and its contract. */
export interface Difference {
  readonly difference: (typeof DIFFERENCES)[number];
  /** The metric in Prometheus' terms. */
  readonly metric: string;
  /** One line. */
  readonly text: string;
}

/** The contracts to compare an endpoint with. */
export interface Comparison {
  /** The endpoint must have each of these metrics. */
  readonly expected: readonly Contract[];
  /** The endpoint may have these metrics, depending on the features that the service uses. */
  readonly possible: readonly Contract[];
  /** The naming of the endpoint, see {@link namingOf}. */
  readonly naming: Naming;
}

/** Units that a service may use instead of the declared one. */
const COMMON_UNITS = ['', '1', 's', 'ms', 'us', 'ns', 'min', 'h', 'By', 'kBy', 'KiBy', 'MBy', 'MiBy', '%'];

/** They describe the service and its processes, with any attributes. (Compatibility spec., "Resource Attributes") */
const RESOURCES: ReadonlySet<string> = new Set(['target_info', 'pitot_process_info']);

/** Labels that any series may have: those of its scope, and those of the process in an unmerged gauge. */
const SCOPE_LABEL = /^otel_scope_/;
const SOURCE_LABELS: ReadonlySet<string> = new Set(['process_pid', 'thread_id']);
const OVERFLOW_LABEL = 'otel_metric_overflow';

/**
 * The naming of an endpoint that escapes with underscores. It is the strategy under which most of the endpoint's
 * families are declared, or the first of several. Strategies that give the endpoint the same names are equal here.
 */
export function namingOf(families: readonly LiveFamily[], contracts: readonly Contract[]): Naming {
  const live = new Set(families.map(({ name }) => name));
  const metrics = contracts.flatMap((contract) => contract.metrics);
  let best = { naming: DEFAULT_NAMING, found: -1 };
  for (const strategy of TRANSLATION_STRATEGIES) {
    const naming = createNaming(strategy, 'underscores');
    const found = metrics.filter((metric) => live.has(prometheusName(metric, naming) ?? '')).length;
    if (found > best.found) best = { naming, found };
  }
  return best.naming;
}

/** All differences, grouped by metric. */
export function compare(
  families: readonly LiveFamily[],
  { expected, possible, naming }: Comparison,
): Difference[] {
  const nameOf = (metric: MetricContract) => prometheusName(metric, naming);
  const declared = [...expected, ...possible].flatMap(({ metrics }) => metrics);
  const byName = Map.groupBy(declared, nameOf);
  const live = new Set(families.map(({ name }) => name));
  const absent = declared.filter((metric) => !live.has(nameOf(metric) ?? ''));
  const renamed = new Set<MetricContract>();

  const differences = families.flatMap((family) => {
    if (RESOURCES.has(family.name)) return [];
    const [metric] = byName.get(family.name) ?? [];
    if (metric !== undefined)
      return [...typeDifferences(family, metric), ...labelDifferences(family, metric, naming)];
    const meant = absent.find((candidate) => otherUnit(family, candidate, naming) !== undefined);
    if (meant === undefined) return [unknown(family)];
    renamed.add(meant);
    return [...nameDifferences(family, meant, naming), ...labelDifferences(family, meant, naming)];
  });
  const missing = expected
    .flatMap(({ metrics }) => metrics)
    .filter((metric) => absent.includes(metric) && !renamed.has(metric));
  return [...differences, ...missing.map((metric) => absence(metric, naming))];
}

function unknown({ name, type }: LiveFamily): Difference {
  return { difference: 'unknown', metric: name, text: `${name} (${type}) is in no contract` };
}

function absence(metric: MetricContract, naming: Naming): Difference {
  const name = prometheusName(metric, naming) ?? metric.name;
  return { difference: 'missing', metric: name, text: `${name} (${metric.name}) is not served` };
}

/** The unit that would give the metric the family's name, if it had the family's type. */
function otherUnit({ name, type }: LiveFamily, metric: MetricContract, naming: Naming): string | undefined {
  if (type === 'summary' || type === 'untyped') return undefined;
  const kinds = type === 'gauge' ? (['gauge', 'upDownCounter'] as const) : ([type] as const);
  return [metric.unit, ...COMMON_UNITS].find((unit) =>
    kinds.some((kind) => naming.family(metric.name, unit, kind) === name),
  );
}

/** Whether the family is the metric under the name of another unit or kind. */
function nameDifferences(family: LiveFamily, metric: MetricContract, naming: Naming): Difference[] {
  const unit = otherUnit(family, metric, naming);
  const types = typeDifferences(family, metric);
  if (unit === metric.unit && types.length > 0) return types;
  const text =
    `${family.name} has the name of a metric in ${quoted(unit)} and should be ${prometheusName(metric, naming)}: ` +
    `${metric.name} is declared as ${metric.kind} in ${quoted(metric.unit)}`;
  return [{ difference: 'unit', metric: family.name, text }, ...types];
}

function typeDifferences({ name, type }: LiveFamily, metric: MetricContract): Difference[] {
  const declared = prometheusType(metric);
  if (type === declared) return [];
  const text = `${name} is a ${type}, and ${metric.name} is declared as ${metric.kind}, which is a ${declared}`;
  return [{ difference: 'type', metric: name, text }];
}

/** Each difference once, even if many series have it. */
function labelDifferences(family: LiveFamily, metric: MetricContract, naming: Naming): Difference[] {
  const declared = attributesByLabel(metric, naming);
  const required = [...declared].filter(([, { isOptional }]) => !isOptional);
  const differences = new Map<string, Difference>();
  const add = (difference: 'attribute' | 'value', text: string) => {
    differences.set(text, { difference, metric: family.name, text: `${family.name} ${text}` });
  };
  for (const labels of family.labels) {
    if (labels.has(OVERFLOW_LABEL)) continue;
    for (const [label, value] of labels) {
      const attribute = declared.get(label);
      if (attribute !== undefined) {
        if (!isAllowed(value, attribute))
          add('value', `has ${label}=${JSON.stringify(value)}, ${wanted(attribute)}`);
      } else if (!isOfTheFormat(label, family, metric)) {
        add('attribute', `has the label ${label}, which no attribute of ${metric.name} makes`);
      }
    }
    for (const [label, { name }] of required) {
      if (!labels.has(label)) add('attribute', `has a series without ${label}: ${name} is required`);
    }
  }
  return [...differences.values()];
}

/** Labels that pitot or the format adds to the attributes. */
function isOfTheFormat(label: string, { type }: LiveFamily, metric: MetricContract): boolean {
  if (SCOPE_LABEL.test(label)) return true;
  if (type === 'histogram' && label === 'le') return true;
  if (type === 'summary' && label === 'quantile') return true;
  return SOURCE_LABELS.has(label) && prometheusType(metric) === 'gauge' && metric.merge === undefined;
}

/** Labels contain numbers and booleans as text, so the comparison is between texts. */
function isAllowed(value: string, { isClosed, values, type }: AttributeContract): boolean {
  if (isClosed) return values.some((allowed) => attributeText(allowed) === value);
  if (type === 'boolean') return value === 'true' || value === 'false';
  return type !== 'number' || (value.trim() !== '' && !Number.isNaN(Number(value)));
}

function wanted({ name, isClosed, values, type }: AttributeContract): string {
  return isClosed ? `and ${name} is one of ${values.join(', ')}` : `and ${name} is a ${type}`;
}

function quoted(unit: string | undefined): string {
  return unit === undefined || unit === '' ? 'no unit' : `'${unit}'`;
}
