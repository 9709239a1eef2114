import { readConfig } from '../../config/config.ts';
import type { Fault } from '../../config/faults.ts';
import { ALL_SETTINGS } from '../../config/settings/table.ts';
import { command, UsageError } from '../command/command.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { faultsOfExporters } from './check-exporters.ts';
import { faultsOfFiles } from './check-files.ts';
import { faultsOfReceivers } from './check-receiver.ts';
import { findInstrumentation, optionsOf } from './instrumentation-file.ts';

/** A setting in force. */
interface Effective {
  readonly setting: string;
  readonly variables: readonly string[];
  readonly group: string;
  /** The value without secrets. */
  readonly value: string;
  readonly source: string;
  /** The variable, or the place in the configuration file, that sets it. If there are several, the one that wins. */
  readonly place: string | undefined;
}

const HIDDEN = '***';

/** All that the command found out. */
interface Report {
  /** The file whose options of `boot()` count, if there is one. */
  readonly instrumentation: string | undefined;
  readonly settings: readonly Effective[];
  /** Risks: pitot starts all the same. */
  readonly warnings: readonly string[];
  readonly faults: readonly Fault[];
}

export const check = command({
  usage: '[instrumentation file] [options]',
  details: `Prints what pitot would do here: each setting that differs from its default, with its value and source, secrets
hidden. It then tries whether the files that are named can be read and what secures the endpoint can be used,
whether its port is free or a process with pitot has it, whether the receiver of OTLP accepts a connection, whether a
Pushgateway and a receiver of remote write answer, and whether exporters of other packages can be imported.

The options of boot() come from the instrumentation file: the given one, or instrumentation.mjs (.js, .ts, …) in the
current directory if it imports pitot. The file is imported and runs, but its boot() starts nothing.

The exit code is 0 if nothing is at fault; else it is 1, and each fault is a line.`,
  options: {
    all: { type: 'boolean', description: 'Print the settings with their defaults, too.' },
    json: { type: 'boolean', description: 'Print all as JSON instead.' },
  },
  takesArguments: true,
  async run({ values: { all = false, json = false }, args }) {
    if (args.length > 1) throw new UsageError('check takes one instrumentation file');
    const report = await inspect(args[0] ?? findInstrumentation(process.cwd()));
    process.stdout.write(json ? asJson(report) : asText(report, all));
    return report.faults.length === 0 ? 0 : 1;
  },
});

async function inspect(instrumentation: string | undefined): Promise<Report> {
  const given = instrumentation === undefined ? undefined : await optionsOf(instrumentation);
  const { config, faults: misread, sources, places } = readConfig(given?.options ?? {}, process.env);
  const settings = ALL_SETTINGS.map(
    ([setting, { variables, group, parser, secret, defaultText = 'none' }]) => {
      const value = config[setting];
      const source = sources[setting];
      const isHidden = secret === true && source !== 'default';
      const shown = value === undefined ? defaultText : parser.show(value);
      const place = places[setting];
      return { setting, variables, group, value: isHidden ? HIDDEN : shown, source, place };
    },
  );
  const faults = [given?.fault, ...misread];
  const warnings = [given?.warning];
  if (!config.disabled) {
    const endpoint = await checkEndpoint(config);
    warnings.push(...endpoint.warnings);
    faults.push(...faultsOfFiles(config, places), ...endpoint.faults);
    faults.push(...(await faultsOfReceivers(config)));
    faults.push(...(await faultsOfExporters(config)));
  }
  return {
    instrumentation,
    settings,
    warnings: warnings.filter((warning) => warning !== undefined),
    faults: faults.filter((fault) => fault !== undefined),
  };
}

function asJson(report: Report): string {
  return `${JSON.stringify({ ok: report.faults.length === 0, ...report }, null, 2)}\n`;
}

function asText({ instrumentation, settings, warnings, faults }: Report, all: boolean): string {
  const name = ({ variables, place, setting }: Effective) =>
    variables.find((variable) => variable === place) ?? variables.at(-1) ?? setting;
  const shown = all ? settings : settings.filter(({ source }) => source !== 'default');
  const width = Math.max(0, ...shown.map((entry) => name(entry).length));
  const groups = [...Map.groupBy(shown, ({ group }) => group)].map(([group, entries]) =>
    section(
      group,
      entries.map((entry) => `${name(entry).padEnd(width)}  ${entry.value}  (${from(entry)})`),
    ),
  );
  const untouched = settings.length - shown.length;
  const parts = [
    ...(instrumentation === undefined ? [] : [`Options of boot() come from ${instrumentation}.\n`]),
    ...groups,
    ...(untouched === 0 ? [] : [`${untouched} settings have their defaults; --all prints them, too.\n`]),
    ...(warnings.length === 0 ? [] : [section('Warnings', warnings)]),
    faults.length === 0
      ? 'Nothing is at fault.\n'
      : section(
          'At fault',
          faults.map(({ text }) => text),
        ),
  ];
  return parts.join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map((line) => `  ${line}`), ''].join('\n');
}

/** The source, with the place in the configuration file, which the setting's name does not reveal. */
function from({ source, place }: Effective): string {
  return source === 'file' && place !== undefined ? `file: ${place}` : source;
}
