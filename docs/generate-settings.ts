/**
 * Writes docs/settings.md from the table of settings. With `--check` it writes nothing, and exits with 1 if the file is
 * out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Setting } from '../src/config/parsers/setting.ts';
import { ALL_SETTINGS, type SettingName } from '../src/config/settings/table.ts';

const FILE = new URL('settings.md', import.meta.url);

const INTRODUCTION = `# Settings

<!-- Written by docs/generate-settings.ts from src/config/settings/table.ts and settings/: change the table there. -->

Set each setting by an environment variable or, in your own \`instrumentation.ts\`, by an option of
\`boot({ … })\`. \`npx pitot check\` prints the value and the source of every setting.

- **Order**: an option wins over a variable. Of two variables in a row, the first wins. Both win over a
  [configuration file](configuration-file.md); with such a file, \`OTEL_*\` variables count only where the file refers
  to them.
- **OpenTelemetry**: names and meanings of \`OTEL_*\` variables follow the
  [OpenTelemetry specification](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/).
  One default differs: that of \`OTEL_METRICS_EXPORTER\` is \`prometheus\`.
- **Faults** never stop the application. At the start pitot reports all unusable values, unknown options and unknown
  \`PITOT_*\` variables together, and names the value that it uses instead.
- **Types**: an empty variable counts as not set. A variable that is true or false is true only for \`true\` (in any
  case), as the specification says. Commas separate the items of a list. Pairs are \`key1=value1,key2=value2\`, with
  percent-encoding for separators within them. As options, lists are arrays and pairs are objects. Times are whole
  milliseconds.
- **Secrets**: values marked *secret* appear in no message.
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
  console.error('docs/settings.md is out of date with the table of settings; run: npm run docs');
  process.exitCode = 1;
}
