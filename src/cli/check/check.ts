import { readConfig } from '../../config/config.ts';
import type { Fault } from '../../config/faults.ts';
import { ALL_SETTINGS } from '../../config/settings/table.ts';
import { command } from '../command/command.ts';
import { faultsOfFiles } from './check-files.ts';
import { faultOfPort } from './check-port.ts';
import { faultOfReceiver } from './check-receiver.ts';
import { faultOfSecurity } from './check-security.ts';

/** A setting in force. */
interface Effective {
  readonly setting: string;
  readonly variables: readonly string[];
  readonly group: string;
  /** The value without secrets. */
  readonly value: string;
  readonly source: string;
  /** The variable, or the place in the configuration file, that sets it. Of several, the one that takes precedence. */
  readonly place: string | undefined;
}

const HIDDEN = '***';

export const check = command({
  usage: '[options]',
  details: `Prints what pitot would do here: each setting with its value and where that comes from, secrets hidden.
It then tries whether the files that are named can be read and what secures the endpoint can be used, whether
its port is free, and whether the receiver of OTLP accepts a connection. Options that a program gives to boot() are not known here.

The exit code is 0 if nothing is at fault; else it is 1, and each fault is a line.`,
  options: {
    json: { type: 'boolean', description: 'Print JSON instead.' },
  },
  async run({ values: { json = false } }) {
    const { config, faults: misread, sources, places } = readConfig({}, process.env);
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
    const tried = config.disabled
      ? []
      : [
          ...faultsOfFiles(config, places),
          await faultOfSecurity(config),
          await faultOfPort(config),
          await faultOfReceiver(config),
        ];
    const faults = [...misread, ...tried.filter((fault) => fault !== undefined)];
    process.stdout.write(json ? asJson(settings, faults) : asText(settings, faults));
    return faults.length === 0 ? 0 : 1;
  },
});

function asJson(settings: readonly Effective[], faults: readonly Fault[]): string {
  return `${JSON.stringify({ ok: faults.length === 0, settings, faults }, null, 2)}\n`;
}

function asText(settings: readonly Effective[], faults: readonly Fault[]): string {
  const name = ({ variables, place, setting }: Effective) =>
    variables.find((variable) => variable === place) ?? variables.at(-1) ?? setting;
  const width = Math.max(...settings.map((entry) => name(entry).length));
  const groups = [...Map.groupBy(settings, ({ group }) => group)].map(([group, entries]) => {
    const lines = entries.map((entry) => `  ${name(entry).padEnd(width)}  ${entry.value}  (${from(entry)})`);
    return `${[group, ...lines].join('\n')}\n`;
  });
  const end =
    faults.length === 0
      ? 'Nothing is at fault.\n'
      : ['At fault', ...faults.map(({ text }) => `  ${text}`), ''].join('\n');
  return [...groups, end].join('\n');
}

/** The source, with the place in the configuration file, which the setting's name does not reveal. */
function from({ source, place }: Effective): string {
  return source === 'file' && place !== undefined ? `file: ${place}` : source;
}
