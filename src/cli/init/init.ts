import { existsSync, statSync } from 'node:fs';
import { command, UsageError } from '../command/command.ts';
import { nextSteps, type Step } from './next-steps.ts';
import { PART_MEANINGS, PARTS } from './parts.ts';
import { type Planned, planned, write } from './plan.ts';
import { projectIn } from './project.ts';
import { choose } from './questions.ts';

const width = Math.max(...PARTS.map((part) => part.length));

export const init = command({
  usage: '[dir] [options]',
  details: `Writes the monitoring of a service into its project: the directory, or the current one. The parts are
${PARTS.map((part) => `  ${part.padEnd(width)}  ${PART_MEANINGS[part]}`).join('\n')}

At a terminal, what the options leave open is asked for; elsewhere the defaults are taken. Without --force
nothing is written if a file is there already and is different; the exit code is then 1.`,
  options: {
    service: {
      type: 'string',
      value: 'NAME',
      description: "Name of the service; by default, the package's.",
    },
    port: { type: 'string', value: 'PORT', description: 'Port of its metrics; by default, 9464.' },
    parts: { type: 'string', value: 'A,B', description: 'The parts to write; by default, all.' },
    force: { type: 'boolean', description: 'Replace files that are different.' },
    'dry-run': { type: 'boolean', description: 'Write nothing, and tell what would be written.' },
    json: { type: 'boolean', description: 'Print JSON, and ask nothing.' },
  },
  takesArguments: true,
  async run({ values, args }) {
    const { force = false, 'dry-run': isDry = false, json = false, service, port, parts } = values;
    const [directory = '.', superfluous] = args;
    if (superfluous !== undefined) throw new UsageError(`Unexpected argument '${superfluous}'`);
    if (existsSync(directory) && !statSync(directory).isDirectory()) {
      throw new UsageError(`'${directory}' is not a directory`);
    }
    const project = projectIn(directory);
    const isAsking = !json && process.stdin.isTTY === true && process.stderr.isTTY === true;
    const defaults = { service: project.name, port: 9464, parts: PARTS };
    const given = Object.fromEntries(
      Object.entries({ service, port, parts }).filter(([, value]) => value !== undefined),
    );
    const choice = await choose(given, defaults, isAsking);
    const files = planned(directory, { ...choice, main: project.main });
    const isRefused = !force && files.some(({ state }) => state === 'different');
    if (!isRefused && !isDry) write(directory, files);
    const next = isRefused ? [] : nextSteps(directory, choice, project);
    const report = { directory, files, next, isRefused, isDry };
    process.stdout.write(json ? asJson(report, choice) : asText(report));
    return isRefused ? 1 : 0;
  },
});

interface Report {
  readonly directory: string;
  readonly files: readonly Planned[];
  readonly next: readonly Step[];
  readonly isRefused: boolean;
  readonly isDry: boolean;
}

type Outcome = 'written' | 'replaced' | 'unchanged' | 'refused' | 'to be written' | 'to be replaced';

/** The outcome for a file; in a dry run, the outcome that a real run would have. */
function outcome({ state }: Planned, { isRefused, isDry }: Report): Outcome {
  if (state === 'same') return 'unchanged';
  if (isRefused) return 'refused';
  const change = state === 'new' ? 'written' : 'replaced';
  return isDry ? `to be ${change}` : change;
}

function asJson(report: Report, choice: object): string {
  const { directory, files, next, isRefused, isDry } = report;
  const told = files.map((file) => ({ path: file.path, outcome: outcome(file, report) }));
  return `${JSON.stringify({ ok: !isRefused, dryRun: isDry, directory, ...choice, files: told, next }, null, 2)}\n`;
}

function asText(report: Report): string {
  const { directory, files, next, isRefused, isDry } = report;
  if (isRefused) {
    const different = files.filter(({ state }) => state === 'different').map(({ path }) => `  ${path}`);
    return [
      `Nothing is written: in ${directory} these files are there already and are different.`,
      ...different,
      'Choose other parts, or replace them with --force.',
      '',
    ].join('\n');
  }
  const outcomes = files.map((file) => outcome(file, report));
  const width = Math.max(...outcomes.map((each) => each.length));
  const lines = files.map((file, index) => `  ${outcomes[index]?.padEnd(width)}  ${file.path}`);
  const steps = next.flatMap(({ what, command }) => [`  # ${what}.`, `  ${command}`]);
  const title = isDry ? `Nothing was changed in ${directory}` : `In ${directory}`;
  return [title, ...lines, '', 'Next', ...steps, ''].join('\n');
}
