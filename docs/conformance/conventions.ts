import type { Contract, MetricContract } from '../../src/contract/contract.ts';
import { OWN_REASONS, REASONS } from './differences.ts';
import { deprecations, namespaces } from './package.ts';
import { REGISTRY, type RegistryMetric } from './registry.ts';

/** How a metric of pitot compares with the registry. */
export interface Comparison {
  readonly metric: MetricContract;
  /** - `same`: as the registry has it, or different only for the reasons given. - `own`: not in the registry. */
  readonly kind: 'same' | 'different' | 'own';
  /** What differs, each with its reason; for a metric of pitot's own, why it has this name. */
  readonly remarks: readonly Remark[];
}

interface Remark {
  readonly difference: string;
  /** Undefined where the tables have none: a fault that the test reports. */
  readonly reason: string | undefined;
}

/** Every metric of the contracts against the registry. Metrics in a namespace of `pitot` need no reason. */
export function comparisons(contracts: readonly Contract[]): readonly Comparison[] {
  return contracts.flatMap(({ metrics }) => metrics).map(comparison);
}

function comparison(metric: MetricContract): Comparison {
  const facts = REGISTRY[metric.name];
  if (facts === undefined) return ownMetric(metric);
  const remarks = differences(metric, facts).map((difference) => ({
    difference,
    reason: reasonOf(metric, difference),
  }));
  return { metric, kind: remarks.length === 0 ? 'same' : 'different', remarks };
}

function ownMetric(metric: MetricContract): Comparison {
  const { name } = metric;
  const [root = ''] = name.split('.', 1);
  const replaced = deprecations().get(name);
  const reason = OWN_REASONS.find(({ prefix }) => name.startsWith(prefix))?.reason;
  if (replaced !== undefined) return { metric, kind: 'own', remarks: [{ difference: replaced, reason }] };
  const difference = namespaces().has(root) ? 'proposed: the namespace is registered' : 'no convention';
  const isPitots = root === 'pitot';
  return {
    metric,
    kind: 'own',
    remarks: [{ difference, reason: isPitots ? "pitot's own namespace." : reason }],
  };
}

/** Without the attributes that are only recorded where a user asks for them. */
function differences(metric: MetricContract, facts: RegistryMetric): string[] {
  const { required = [], conditional = [], recommended = [], optIn = [] } = facts;
  const ours = new Map(metric.attributes.map((attribute) => [attribute.name, attribute]));
  const theirs = new Set([...required, ...conditional, ...recommended, ...optIn]);
  const kind = kindOf(metric);
  const lacking = (level: string, names: readonly string[]) =>
    names.filter((name) => !ours.has(name)).map((name) => `no \`${name}\` (${level})`);
  return [
    ...(kind === facts.kind ? [] : [`${kind} instead of ${facts.kind}`]),
    ...(metric.unit === facts.unit ? [] : [`unit \`${metric.unit}\` instead of \`${facts.unit}\``]),
    ...lacking('required', required),
    ...lacking('conditionally required', conditional),
    ...lacking('recommended', recommended),
    ...required
      .filter((name) => ours.get(name)?.isOptional)
      .map((name) => `\`${name}\` not always (required)`),
    ...[...ours.keys()].filter((name) => !theirs.has(name)).map((name) => `\`${name}\` besides`),
    ...[metric.name, ...ours.keys()].flatMap((name) => {
      const replaced = deprecations().get(name);
      return replaced === undefined ? [] : [`\`${name}\` is ${replaced}`];
    }),
  ];
}

/** A callback or a call: the registry does not tell them apart. */
function kindOf({ kind }: MetricContract): RegistryMetric['kind'] {
  switch (kind) {
    case 'observableCounter':
      return 'counter';
    case 'observableUpDownCounter':
      return 'upDownCounter';
    case 'observableGauge':
      return 'gauge';
    default:
      return kind;
  }
}

function reasonOf(metric: MetricContract, difference: string): string | undefined {
  return REASONS.find(
    ({ metrics, differs }) => metric.name.startsWith(metrics) && difference.includes(`\`${differs}\``),
  )?.reason;
}
