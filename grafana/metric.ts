import type { AttributeContract } from '../src/contract/contract.ts';
import { DEFAULT_NAMING } from '../src/naming/naming.ts';
import { OWN_CONTRACTS } from '../src/reference/own.ts';
import { attributesByLabel, prometheusName, prometheusType } from '../src/reference/prometheus.ts';

/** A metric with its name, type and labels in Prometheus. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** By label name. */
  readonly attributes: ReadonlyMap<string, Pick<AttributeContract, 'values' | 'isClosed'>>;
}

/**
 * Labels that every series can have besides the attributes of its contract: those of the scraped target, and those of a
 * gauge's process and thread if one endpoint serves several.
 */
const LABELS_OF_ALL = new Set(['job', 'instance', 'process_pid', 'thread_id']);

const CONTRACTS = new Map(OWN_CONTRACTS.flatMap(({ metrics }) => metrics.map((each) => [each.name, each])));

/**
 * A metric of pitot's own contracts, by its OpenTelemetry name. Throws for an unknown name, so that a renamed metric fails
 * the generator instead of leaving an empty panel.
 */
export function metric(name: string): Family {
  const contract = CONTRACTS.get(name);
  if (contract === undefined) throw new Error(`no contract has the metric ${name}`);
  const served = prometheusName(contract, DEFAULT_NAMING);
  if (served === undefined) throw new Error(`${name} has no name in Prometheus`);
  const attributes = attributesByLabel(contract, DEFAULT_NAMING);
  return { name: served, type: prometheusType(contract), attributes };
}

/** A metric of another program, by its name and labels in Prometheus. */
export function foreignMetric(name: string, type: Family['type'], labels: readonly string[] = []): Family {
  return {
    name,
    type,
    attributes: new Map(labels.map((label) => [label, { values: [], isClosed: false }])),
  };
}

/** The label of the metric's attribute. Throws if the metric does not have the attribute. */
export function labelOf({ name, attributes }: Family, attribute: string): string {
  const label = DEFAULT_NAMING.label(attribute);
  if (attributes.has(label) || LABELS_OF_ALL.has(label)) return label;
  throw new Error(`${name} has no attribute ${attribute}`);
}

/** Throws if the contract excludes the value. */
export function checkValue(family: Family, attribute: string, value: string): void {
  const declared = family.attributes.get(labelOf(family, attribute));
  if (declared?.isClosed && !declared.values.map(String).includes(value)) {
    throw new Error(`${attribute} of ${family.name} is never ${value}`);
  }
}
