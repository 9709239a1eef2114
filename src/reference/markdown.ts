import type { AttributeContract, Contract, MetricContract } from '../contract/contract.ts';
import type { Naming } from '../naming/naming.ts';
import { prometheusName } from './prometheus.ts';

/** A section for each contract: its metrics in one table, their attributes in another. */
export function contractsAsMarkdown(contracts: readonly Contract[], naming: Naming): string {
  return contracts.map((contract) => section(contract, naming)).join('\n');
}

function section({ title, introduction, metrics }: Contract, naming: Naming): string {
  const paragraphs = [
    `## ${title}`,
    introduction,
    table(
      ['Metric', 'In Prometheus', 'Kind', 'Unit', 'Attributes', 'Meaning'],
      metrics.map((metric) => metricRow(metric, naming)),
    ),
    attributeTable(metrics),
    metrics.flatMap(remarks).join('\n'),
  ];
  return `${paragraphs.filter((paragraph) => paragraph !== '').join('\n\n')}\n`;
}

function metricRow(metric: MetricContract, naming: Naming): string[] {
  const { name, kind, unit, attributes, description } = metric;
  const served = prometheusName(metric, naming);
  return [
    code(name),
    served === undefined ? '' : code(served),
    words(kind),
    unit === '' ? '' : code(unit),
    attributes.map(({ name, isOptional }) => (isOptional ? `${code(name)}?` : code(name))).join(', '),
    description,
  ];
}

/** One row for an attribute that several metrics declare in the same way. */
function attributeTable(metrics: readonly MetricContract[]): string {
  const rows = metrics
    .flatMap(({ attributes }) => attributes)
    .map((attribute) => [code(attribute.name), values(attribute), attribute.description]);
  const distinct = new Map(rows.map((row) => [JSON.stringify(row), row]));
  return distinct.size === 0 ? '' : table(['Attribute', 'Values', 'Meaning'], [...distinct.values()]);
}

function values({ type, values, isClosed }: AttributeContract): string {
  const listed = values.map((value) => code(String(value))).join(', ');
  if (isClosed) return listed;
  const open = type === 'boolean' ? 'true or false' : type === 'number' ? 'number' : 'text';
  return listed === '' ? open : `${open}, such as ${listed}`;
}

/** Properties that are too rare for a column. */
function remarks({ name, boundaries, merge, seriesLimit }: MetricContract): string[] {
  const lines: string[] = [];
  if (boundaries !== undefined) lines.push(`bucket bounds ${boundaries.join(', ')}`);
  if (merge !== undefined) lines.push(`several processes are merged to the ${MERGED[merge]}`);
  if (seriesLimit !== undefined) lines.push(`at most ${seriesLimit} series`);
  return lines.length === 0 ? [] : [`- ${code(name)}: ${lines.join('; ')}.`];
}

const MERGED = { sum: 'sum', max: 'largest', min: 'smallest', mean: 'mean', last: 'last' } as const;

/** Readers of metrics do not see whether a callback gives the value. */
function words(kind: MetricContract['kind']): string {
  return kind.replace('observable', '').toLowerCase().replace('updown', 'up-down ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(text: string): string {
  return `\`${text}\``;
}
