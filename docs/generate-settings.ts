/**
 * Writes docs/settings.md from the table of settings. With `--check` it writes nothing and exits with 1
 * when the file is not what it would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Setting } from '../src/config/parsers/setting.ts';
import { ALL_SETTINGS, type SettingName } from '../src/config/settings/table.ts';

const FILE = new URL('settings.md', import.meta.url);

const INTRODUCTION = `# Settings

<!-- Written by docs/generate-settings.ts from src/config/settings/table.ts and settings/: change the table there. -->

Every setting can be given as an environment variable or, in your own \`instrumentation.ts\`, as an option of
\`boot({ … })\`. An option wins over the environment, and of two variables in a row the first wins. An empty
variable counts as not set. Names and meanings of \`OTEL_*\` variables are those of the
[OpenTelemetry specification](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/);
the one difference is the default of \`OTEL_METRICS_EXPORTER\`, \`prometheus\`. Below both stands a
[configuration file](configuration-file.md), where there is one; \`OTEL_*\` variables then count only in the places
where it refers to them.

A value that cannot be used is reported at the start, together with all others, and what is used instead is
said; it never stops the application. So are unknown options and unknown \`PITOT_*\` variables. Where a
variable is true or false, only \`true\` (in any case) is true, as the specification has it.

In a variable, a list is separated by commas, and pairs are written \`key1=value1,key2=value2\`, with
percent-encoding for what would be mistaken for a separator. As options they are an array and an object.
Times are whole milliseconds.

Values marked *secret* appear in no message.
`;

function page(): string {
  const groups = Map.groupBy(ALL_SETTINGS, ([, { group }]) => group);
  return [INTRODUCTION, ...[...groups].map(([group, settings]) => section(group, settings))].join('\n');
}

function section(group: string, settings: readonly (readonly [SettingName, Setting])[]): string {
  const head = '| Environment variable | Option | Type | Default | Meaning |\n|---|---|---|---|---|';
  return `## ${group}\n\n${head}\n${settings.map(row).join('\n')}\n`;
}

function row([name, { variables, kind, default: fallback, defaultText, meaning, secret }]: readonly [
  SettingName,
  Setting,
]): string {
  const shown = defaultText ?? (fallback === undefined ? 'none' : code(kind.show(fallback)));
  const cells = [
    variables.map(code).join('<br>'),
    code(name),
    kind.type,
    shown,
    secret ? `${meaning} *Secret.*` : meaning,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}

const written = page();
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, written);
} else if (readFileSync(FILE, 'utf8') !== written) {
  console.error('docs/settings.md is not what the table of settings says; run: npm run docs');
  process.exitCode = 1;
}
