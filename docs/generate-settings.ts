/**
 * Writes docs/settings.md and the options of `boot()` from the table of settings. With `--check` it writes nothing, and
 * exits with 1 if a file is out of date.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Setting } from '../src/config/parsers/setting.ts';
import { ALL_SETTINGS, type SettingName } from '../src/config/settings/table.ts';

const PAGE = 'docs/settings.md';
const OPTIONS = 'src/config/settings/boot-options.ts';
const ROOT = new URL('../', import.meta.url);

const INTRODUCTION = `# Settings

<!-- Written by docs/generate-settings.ts from src/config/settings/table.ts and settings/: change the table there. -->

Set each setting by an environment variable or, in your own \`instrumentation.ts\`, by an option of
\`boot({ … })\`. \`npx pitot check --all\` prints the value and the source of every setting.

- **Order**: an option wins over a variable. If a row has two variables, the first wins. Both win over a
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

function row([name, setting]: readonly [SettingName, Setting]): string {
  const { variables, parser, meaning, secret } = setting;
  const cells = [
    variables.map(code).join('<br>'),
    code(name),
    parser.type,
    defaultOf(setting),
    secret ? `${meaning} *Secret.*` : meaning,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function defaultOf({ parser, default: fallback, defaultText }: Setting): string {
  return defaultText ?? (fallback === undefined ? 'none' : code(parser.show(fallback)));
}

function code(text: string): string {
  return `\`${text}\``;
}

const OPTIONS_HEAD = `// Written by docs/generate-settings.ts from table.ts: change the table, then run: npm run docs

import type { GaugeRule } from '../../model/gauge-rules.ts';
import type { Redaction } from '../../model/redaction.ts';
import type { View } from '../../model/view.ts';
import type { ExporterModule } from '../parsers/exporters.ts';
import type { WebConfigOptions } from '../parsers/web-config.ts';

/** The settings as options, with what an editor shows of each. */
export interface SettingOptions {
`;

/** An interface and not a type that follows from the table, because editors show the comments of properties alone. */
function options(): string {
  const source = `${OPTIONS_HEAD}${ALL_SETTINGS.map(option).join('\n')}}\n`;
  const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', ROOT));
  return execFileSync(process.execPath, [biome, 'format', `--stdin-file-path=${OPTIONS}`], {
    cwd: ROOT,
    encoding: 'utf8',
    input: source,
  });
}

function option([name, setting]: readonly [SettingName, Setting]): string {
  const { variables, parser, meaning } = setting;
  const facts = [
    // Other types say themselves what they hold.
    ...(parser.typescript === 'number' ? [`Type: ${parser.type}`] : []),
    `Default: ${defaultOf(setting)}`,
    variables.length === 0
      ? 'No environment variable'
      : `Environment variable: ${variables.map(code).join(', else ')}`,
  ];
  const paragraphs = [meaning, `${facts.join('. ')}.`];
  const comment = paragraphs
    .map((text) =>
      wrap(text)
        .map((line) => `   * ${line}\n`)
        .join(''),
    )
    .join('   *\n');
  return `  /**\n${comment}   */\n  readonly ${name}?: ${parser.typescript} | undefined;\n`;
}

/** The text in lines of at most 105 characters. */
function wrap(text: string): readonly string[] {
  return text.match(/\S.{0,104}(?=\s|$)/g) ?? [];
}

const files = [
  [PAGE, page()],
  [OPTIONS, options()],
] as const;
for (const [file, written] of files) {
  const path = new URL(file, ROOT);
  if (!process.argv.includes('--check')) {
    writeFileSync(path, written);
  } else if (readFileSync(path, 'utf8') !== written) {
    console.error(`${file} is out of date with the table of settings; run: npm run docs`);
    process.exitCode = 1;
  }
}
