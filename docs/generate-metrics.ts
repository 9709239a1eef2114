/**
 * Writes docs/metrics.md from the contracts of pitot's own metrics. With `--check` it writes nothing and
 * exits with 1 when the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { contractsAsMarkdown } from '../src/reference/markdown.ts';
import { OWN_CONTRACTS } from '../src/reference/own.ts';

const FILE = new URL('metrics.md', import.meta.url);

const INTRODUCTION = `# Metrics

<!-- Written by docs/generate-metrics.ts from the contracts that src/reference/own.ts lists: change those. -->

What pitot records itself, automatically or by its instruments. Names, units and attributes are those of the
[OpenTelemetry semantic conventions](https://opentelemetry.io/docs/specs/semconv/) where there are any. A
metric is served when it has a series. An attribute marked ? is not on every series. An attribute whose
values are not called text or number has no others.

In Prometheus a histogram is served with \`_bucket\`, \`_sum\` and \`_count\` after its name, attributes are
labels with \`_\` where they have \`.\`, and every series has the labels \`otel_scope_name\` and
\`otel_scope_version\` of who recorded it, unless \`PITOT_SCOPE_LABELS\` is \`false\`. \`target_info\` has what
OpenTelemetry calls the resource: the service's name and so on.

\`pitot contract\` writes such a reference of your own metrics, and compares a running service with it.
`;

const written = `${INTRODUCTION}\n${contractsAsMarkdown(OWN_CONTRACTS)}`;
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
} else if (readFileSync(FILE, 'utf8') !== written) {
  console.error('docs/metrics.md is not what the contracts say; run: npm run docs');
  process.exitCode = 1;
}
