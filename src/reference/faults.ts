import type { Contract, MetricContract } from '../contract/contract.ts';
import { areAscending } from '../model/boundaries.ts';
import type { Naming } from '../naming/naming.ts';
import { prometheusName } from './prometheus.ts';

/** OpenTelemetry metrics API specification, "Instrument name syntax". */
const VALID_NAME = /^[a-z][a-z0-9_.\-/]{0,254}$/i;

/** Labels that series have without an attribute; see the compatibility specification and the text format. */
const RESERVED_LABEL = /^(le|quantile|otel_metric_overflow|otel_scope_.*|__.*)$/;

/**
 * Faults that the compiler cannot see, in contracts that are used together: a line for each metric or attribute that
 * Prometheus would not get as intended, or could not tell from another.
 */
export function faultsOf(contracts: readonly Contract[], naming: Naming): string[] {
  const metrics = contracts.flatMap(({ metrics }) => metrics);
  return [...metrics.flatMap((metric) => faultsOfMetric(metric, naming)), ...namesakes(metrics, naming)];
}

function faultsOfMetric(metric: MetricContract, naming: Naming): string[] {
  const { name, description, attributes, boundaries, seriesLimit } = metric;
  const faults: string[] = [];
  if (!VALID_NAME.test(name)) {
    faults.push("is no name: a letter, then up to 254 letters, digits, '_', '.', '-' or '/'");
  }
  if (description.trim() === '') faults.push('has no description');
  if (boundaries !== undefined && !areAscending(boundaries)) {
    faults.push(`has the boundaries ${boundaries.join(', ')}, which must be finite and ascend`);
  }
  if (seriesLimit !== undefined && !(Number.isSafeInteger(seriesLimit) && seriesLimit > 0)) {
    faults.push(`has the series limit ${seriesLimit}, which must be a positive integer`);
  }
  for (const { name, isClosed, values } of attributes) {
    if (RESERVED_LABEL.test(naming.label(name)))
      faults.push(`has the attribute ${name}, whose label is reserved`);
    if (isClosed && values.length === 0) faults.push(`has the attribute ${name}, which can have no value`);
  }
  for (const [label, same = []] of Map.groupBy(attributes, ({ name }) => naming.label(name))) {
    if (same.length > 1) {
      faults.push(`has attributes that are one label ${label}: ${same.map(({ name }) => name).join(', ')}`);
    }
  }
  return faults.map((fault) => `${name} ${fault}`);
}

/** Two metrics with one name in Prometheus are one metric there. */
function namesakes(metrics: readonly MetricContract[], naming: Naming): string[] {
  return [...Map.groupBy(metrics, (metric) => prometheusName(metric, naming))].flatMap(([served, same]) =>
    same.length > 1
      ? [`${same.map(({ name }) => name).join(', ')}: ${same.length} metrics are ${served} in Prometheus`]
      : [],
  );
}
