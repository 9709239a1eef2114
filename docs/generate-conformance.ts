/**
 * Writes docs/conformance.md from the tables in docs/conformance/. With `--check` it writes nothing, and exits with 1
 * if the file is out of date. test/docs/conformance.test.ts shows that the tables are true.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { MetricContract } from '../src/contract/contract.ts';
import { TRANSLATION_STRATEGIES } from '../src/naming/naming.ts';
import { OWN_CONTRACTS } from '../src/reference/own.ts';
import {
  COMPATIBILITY,
  type CompatibilityRule,
  exceptionFor,
  FORMAT_NAMES,
} from './conformance/compatibility.ts';
import { type Comparison, comparisons } from './conformance/conventions.ts';
import { OFFICIAL, OFFICIAL_TEXT, type OfficialPackage, type OfficialText } from './conformance/official.ts';
import { OPENMETRICS, OPENMETRICS_2 } from './conformance/openmetrics.ts';
import { packageVersion } from './conformance/package.ts';
import { REGISTRY_VERSION } from './conformance/registry.ts';
import type { Row, Section } from './conformance/row.ts';
import { SPECIFICATION, SPECIFICATION_DATE } from './conformance/specification.ts';

const FILE = new URL('conformance.md', import.meta.url);

const compared = comparisons(OWN_CONTRACTS);
const registered = compared.filter(({ kind }) => kind !== 'own');
const own = compared.filter(({ kind }) => kind === 'own');

const written = `# Conformance

<!-- Written by docs/generate-conformance.ts from the tables in docs/conformance: change those. -->

What pitot does of the OpenTelemetry specification and of its semantic conventions, row by row. Every ✓ names the test
that shows it, and every – has its reason. \`npm test\` checks that the named tests exist.

## The specification

The rows are those of the
[compliance matrix](https://github.com/open-telemetry/opentelemetry-specification/blob/main/spec-compliance-matrix.md)
about metrics, as of ${SPECIFICATION_DATE}. Traces, logs, baggage and propagation are not pitot's business. Tests are files
below \`test/\`.

${SPECIFICATION.map(sectionOf).join('\n\n')}

## Compatibility with Prometheus

The rules of
[Prometheus and OpenMetrics Compatibility](https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/),
from OTLP metrics to Prometheus, with each of ${TRANSLATION_STRATEGIES.length} translation strategies in each of ${FORMAT_NAMES.length} formats:
${FORMAT_NAMES.map((name) => `\`${name}\``).join(', ')}. \`hub/expose/compatibility.test.ts\` scrapes
each combination over HTTP and compares it with this table.

| Section | Rule | | Exception and reason |
|---|---|---|---|
${Object.values<CompatibilityRule>(COMPATIBILITY).map(compatibilityRow).join('\n')}
## OpenMetrics

What the specifications [1.0](https://prometheus.io/docs/specs/om/open_metrics_spec/) and
[2.0](https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/) demand of those who expose metrics. The latest
draft of 2.0 is 2.0.0-rc0 of March 2026, which reserves the right to break; so pitot sends it only to a scraper that
names its version.

${sectionOf(OPENMETRICS)}

${sectionOf(OPENMETRICS_2)}

## Semantic conventions

Every metric of [metrics.md](metrics.md) against the registry: kind, unit and attributes as of version ${REGISTRY_VERSION},
under the names of ${packageVersion()}, the newest version, whose package has names alone. The conventions are silent on whether a callback gives a value.
Attributes that the conventions call opt-in are not compared. ${count('same')} of ${registered.length} registered metrics
are the same.

| Metric | Kind | Unit | | Difference and reason |
|---|---|---|---|---|
${registered.map(comparisonRow).join('\n')}

### Names that the registry does not have

_Proposed_ names stand in a namespace of the registry. pitot will rename them if the registry decides otherwise.

| Metric | Kind | Unit | Status | Reason |
|---|---|---|---|---|
${own.map(ownRow).join('\n')}
## The official packages

pitot has its own sources in place of these packages. \`reference/official-packages.test.ts\` runs the packages over the
stock SDK and pitot's sources in one process, collects both at the same moment, and compares each metric of the packages:
name, unit, kind, attributes and values.

${OFFICIAL.map(packageOf).join('\n\n')}

### @opentelemetry/exporter-prometheus

The text that the package and pitot write of the same metrics, by default.

| Shape | | Difference and reason |
|---|---|---|
${Object.values<OfficialText>(OFFICIAL_TEXT).map(textRow).join('\n')}
`;

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
} else if (readFileSync(FILE, 'utf8') !== written) {
  console.error('docs/conformance.md is out of date with its tables or the contracts; run: npm run docs');
  process.exitCode = 1;
}

function count(kind: Comparison['kind']): number {
  return compared.filter((comparison) => comparison.kind === kind).length;
}

function sectionOf({ title, rows }: Section): string {
  const proven = rows.filter((row) => 'proof' in row).length;
  return [
    `### ${title}`,
    '',
    `${proven} of ${rows.length} rows.`,
    '',
    '| Feature | | Test, or reason |',
    '|---|---|---|',
    ...rows.map(specificationRow),
  ].join('\n');
}

function specificationRow(row: Row): string {
  const cells =
    'proof' in row
      ? [row.feature, '✓', `\`${row.proof.file}\`: ${row.proof.title}`]
      : [row.feature, '–', row.reason];
  return line(cells);
}

function compatibilityRow(rule: CompatibilityRule): string {
  const cells = TRANSLATION_STRATEGIES.flatMap((strategy) =>
    FORMAT_NAMES.map((format) => exceptionFor(rule, strategy, format)),
  );
  const kept = cells.filter((reason) => reason === undefined).length;
  const exceptions = (rule.exceptions ?? []).map(({ formats, strategies, reason }) => {
    const where = [formats, strategies].flatMap((names) =>
      names === undefined ? [] : [names.map((name) => `\`${name}\``).join(', ')],
    );
    return `${where.join(' with ')}: ${reason}`;
  });
  return line([rule.section, rule.rule, `${kept} of ${cells.length}`, exceptions.join('<br>')]);
}

function comparisonRow({ metric, kind, remarks }: Comparison): string {
  const text = remarks.map(({ difference, reason }) => `${difference}. ${reason}`).join('<br>');
  return line([...identity(metric), kind === 'same' ? 'same' : 'differs', text]);
}

function ownRow({ metric, remarks }: Comparison): string {
  const [remark] = remarks;
  return line([...identity(metric), remark?.difference ?? '', remark?.reason ?? '']);
}

function packageOf({ name, remark, more, metrics }: OfficialPackage): string {
  return [
    `### ${name}`,
    '',
    ...(remark === undefined ? [] : [remark, '']),
    '| Metric | | Difference and reason |',
    '|---|---|---|',
    ...metrics.map(({ metric, own, differences = {} }) =>
      line([`\`${metric}\`${own === undefined ? '' : `, here \`${own}\``}`, ...verdictOf(differences)]),
    ),
    ...(more === undefined ? [] : ['', more]),
  ].join('\n');
}

/** Aspects with the same reason are together. */
function verdictOf(differences: Readonly<Record<string, string>>): string[] {
  const aspects = Object.entries(differences);
  const reasons = [...new Set(aspects.map(([, reason]) => reason))].map((reason) => {
    const names = aspects.filter(([, one]) => one === reason).map(([aspect]) => aspect);
    return `${names.join(', ')}: ${reason}`;
  });
  return [aspects.length === 0 ? 'same' : 'differs', reasons.join('<br>')];
}

function textRow({ shape, differences = {} }: OfficialText): string {
  return line([shape, ...verdictOf(differences)]);
}

function identity({ name, kind, unit }: MetricContract): string[] {
  const words = kind.replace('observable', '').toLowerCase().replace('updown', 'up-down ');
  return [`\`${name}\``, words, unit === '' ? '' : `\`${unit}\``];
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
