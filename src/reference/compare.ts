import type { AttributeContract, Contract, MetricContract } from '../contract/contract.ts';
import { attributeText } from '../model/attribute-text.ts';
import { familyName } from '../naming/names.ts';
import type { LiveFamily } from './exposition.ts';
import { attributesByLabel, prometheusName, prometheusType } from './prometheus.ts';

/** What a difference is about. */
export const DIFFERENCES = ['missing', 'unknown', 'type', 'unit', 'attribute', 'value'] as const;

/** One thing in which an endpoint is not as its contract has it. */
export interface Difference {
  readonly difference: (typeof DIFFERENCES)[number];
  /** The metric in Prometheus' words. */
  readonly metric: string;
  /** One line. */
  readonly text: string;
}

/** What an endpoint is compared with. */
export interface Comparison {
  /** Each of their metrics should be there. */
  readonly expected: readonly Contract[];
  /** Their metrics are there as far as the service uses what they measure. */
  readonly possible: readonly Contract[];
}

/** Units that one is taken for another of; beside them, the one that is declared. */
const COMMON_UNITS = ['', '1', 's', 'ms', 'us', 'ns', 'min', 'h', 'By', 'kBy', 'KiBy', 'MBy', 'MiBy', '%'];

/** They say what the service and its processes are: with any attributes. (Compatibility specification, "Resource Attributes") */
const RESOURCES: ReadonlySet<string> = new Set(['target_info', 'pitot_process_info']);

/** Labels that any series may have: its scope's, and in a gauge that is not merged whose it is. */
const SCOPE_LABEL = /^otel_scope_/;
const SOURCE_LABELS: ReadonlySet<string> = new Set(['process_pid', 'thread_id']);
const OVERFLOW_LABEL = 'otel_metric_overflow';

/** All differences, those of one metric together. */
export function compare(families: readonly LiveFamily[], { expected, possible }: Comparison): Difference[] {
  const declared = [...expected, ...possible].flatMap(({ metrics }) => metrics);
  const byName = Map.groupBy(declared, prometheusName);
  const live = new Set(families.map(({ name }) => name));
  const absent = declared.filter((metric) => !live.has(prometheusName(metric) ?? ''));
  const renamed = new Set<MetricContract>();

  const differences = families.flatMap((family) => {
    if (RESOURCES.has(family.name)) return [];
    const [metric] = byName.get(family.name) ?? [];
    if (metric !== undefined)
      return [...typeDifferences(family, metric), ...labelDifferences(family, metric)];
    const meant = absent.find((candidate) => otherUnit(family, candidate) !== undefined);
    if (meant === undefined) return [unknown(family)];
    renamed.add(meant);
    return [...nameDifferences(family, meant), ...labelDifferences(family, meant)];
  });
  const missing = expected
    .flatMap(({ metrics }) => metrics)
    .filter((metric) => absent.includes(metric) && !renamed.has(metric));
  return [...differences, ...missing.map(absence)];
}

function unknown({ name, type }: LiveFamily): Difference {
  return { difference: 'unknown', metric: name, text: `${name} (${type}) is in no contract` };
}

function absence(metric: MetricContract): Difference {
  const name = prometheusName(metric) ?? metric.name;
  return { difference: 'missing', metric: name, text: `${name} (${metric.name}) is not served` };
}

/** The unit with which the metric would be served as this family, were it of the family's type. */
function otherUnit({ name, type }: LiveFamily, metric: MetricContract): string | undefined {
  if (type === 'summary' || type === 'untyped') return undefined;
  const kinds = type === 'gauge' ? (['gauge', 'upDownCounter'] as const) : ([type] as const);
  return [metric.unit, ...COMMON_UNITS].find((unit) =>
    kinds.some((kind) => familyName(metric.name, unit, kind) === name),
  );
}

/** The family is the metric but for its name, which tells of another unit or kind. */
function nameDifferences(family: LiveFamily, metric: MetricContract): Difference[] {
  const unit = otherUnit(family, metric);
  const types = typeDifferences(family, metric);
  if (unit === metric.unit && types.length > 0) return types;
  const text =
    `${family.name} has the name of a metric in ${quoted(unit)} and should be ${prometheusName(metric)}: ` +
    `${metric.name} is declared as ${metric.kind} in ${quoted(metric.unit)}`;
  return [{ difference: 'unit', metric: family.name, text }, ...types];
}

function typeDifferences({ name, type }: LiveFamily, metric: MetricContract): Difference[] {
  const declared = prometheusType(metric);
  if (type === declared) return [];
  const text = `${name} is a ${type}, and ${metric.name} is declared as ${metric.kind}, which is a ${declared}`;
  return [{ difference: 'type', metric: name, text }];
}

/** Each once, whatever number of series it is in. */
function labelDifferences(family: LiveFamily, metric: MetricContract): Difference[] {
  const declared = attributesByLabel(metric);
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

/** Labels that are no attributes. */
function isOfTheFormat(label: string, { type }: LiveFamily, metric: MetricContract): boolean {
  if (SCOPE_LABEL.test(label)) return true;
  if (type === 'histogram' && label === 'le') return true;
  if (type === 'summary' && label === 'quantile') return true;
  return SOURCE_LABELS.has(label) && prometheusType(metric) === 'gauge' && metric.merge === undefined;
}

/** Numbers and booleans are compared as texts, for that is what a label has of them. */
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
