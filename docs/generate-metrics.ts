/**
 * Writes docs/metrics.md from the contracts of pitot's own metrics. With `--check` it writes nothing, and exits with 1 if
 * the file is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { DEFAULT_NAMING } from '../src/naming/naming.ts';
import { contractsAsMarkdown } from '../src/reference/markdown.ts';
import { OWN_CONTRACTS } from '../src/reference/own.ts';

const FILE = new URL('metrics.md', import.meta.url);

const INTRODUCTION = `# Metrics

<!-- Written by docs/generate-metrics.ts from the contracts that src/reference/own.ts lists: change those. -->

This page lists every metric that pitot records, automatically or through its instruments. It is a reference: search it
for a name, or jump to a section.

SECTIONS

- Names, units and attributes follow the [OpenTelemetry semantic conventions](https://opentelemetry.io/docs/specs/semconv/)
  where those exist. [conformance.md](conformance.md) compares every metric with them.
- pitot serves a metric once it has a series.
- An attribute marked ? is not on every series. Listed values are complete, unless they begin with _text_ or _number_:
  then they are examples.
- In Prometheus, a histogram gets the suffixes \`_bucket\`, \`_sum\` and \`_count\`. Attributes are labels, with \`_\`
  instead of \`.\`. Every series has the labels \`otel_scope_name\` and \`otel_scope_version\`, which name its
  recorder, unless \`PITOT_SCOPE_LABELS\` is \`false\`. \`target_info\` has the resource: the service's name and so on.

\`pitot contract\` writes such a reference of your own metrics, and compares a running service with it.
`;

const reference = contractsAsMarkdown(OWN_CONTRACTS, DEFAULT_NAMING);
const written = `${INTRODUCTION.replace('SECTIONS', () => sectionsOf(reference))}\n${reference}`;
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
} else if (readFileSync(FILE, 'utf8') !== written) {
  console.error('docs/metrics.md is out of date with the contracts; run: npm run docs');
  process.exitCode = 1;
}

/** A link to every section, with the anchors that GitHub makes. */
function sectionsOf(markdown: string): string {
  const headings = [...markdown.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const anchor = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-');
  return headings.map((heading) => `[${heading}](#${anchor(heading)})`).join(' ·\n');
}
