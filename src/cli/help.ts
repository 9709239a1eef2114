import type { Command } from './command/command.ts';
import { commands } from './commands.ts';

/** The output of `pitot --help`. */
export function overview(): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return `Usage: pitot <command>

OpenTelemetry metrics for Node.js with a Prometheus endpoint.

Commands:
${columns(rows)}

Options:
${columns([
  ['--help, -h', 'Print this, or the help of a command.'],
  ['--version', "Print pitot's version."],
])}
`;
}

/** The output of `pitot <command> --help`. */
export function helpOf(name: string, { usage, details, options }: Command): string {
  const rows = Object.entries(options).map(
    ([long, { short, value, description }]) =>
      [
        `--${long}${value === undefined ? '' : ` ${value}`}${short === undefined ? '' : `, -${short}`}`,
        description,
      ] as const,
  );
  return `Usage: ${`pitot ${name} ${usage}`.trimEnd()}

${details.trim()}

Options:
${columns([...rows, ['--help, -h', 'Print this.']])}
`;
}

/** Two columns. The first is as wide as necessary. */
function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
