import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { REPOSITORY } from '../harness/service.ts';

// The parser imports its schema in a way that only bundlers understand.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import(
  '@actions/workflow-parser'
);

const FOLDER = join(REPOSITORY, '.github/workflows');
const WORKFLOWS = readdirSync(FOLDER).map((name) => ({
  name,
  text: readFileSync(join(FOLDER, name), 'utf8'),
}));

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly uses?: string;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The faults that GitHub's own parser finds: in the schema, in expressions, and in jobs that need each other. */
async function errorsIn(name: string, content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (value === undefined) return errors;
  const { errors: more = [] } = await convertWorkflowTemplate(context, value);
  return [...new Set([...errors, ...more.map(({ Message }) => Message)])];
}

function workflow(name: string): Workflow {
  return parse(WORKFLOWS.find((one) => one.name === name)?.text ?? '');
}

/** The commands of a workflow's jobs. */
function commandsOf({ jobs }: Workflow): string[] {
  return Object.values(jobs).flatMap(({ steps = [] }) => steps.flatMap(({ run }) => run ?? []));
}

for (const { name, text } of WORKFLOWS) {
  test(`${name}: GitHub's parser has nothing to say`, async () => {
    assert.deepEqual(await errorsIn(name, text), []);
  });

  test(`${name}: every action is pinned to a commit, with its version beside it`, () => {
    const used = text.split('\n').filter((line) => /\buses: (?!\.\/)/.test(line));
    assert.deepEqual(
      used.filter((line) => !/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)),
      [],
    );
  });

  test(`${name}: the package scripts and the steps of .ci/run that it names exist`, () => {
    const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8'));
    const steps = readFileSync(join(REPOSITORY, '.ci/run'), 'utf8');
    for (const command of commandsOf(workflow(name))) {
      if (command.startsWith('bash .ci/run')) {
        for (const [, step] of command.matchAll(/'([^']+)'/g))
          assert.ok(steps.includes(`\nstep '${step}' `), step);
        continue;
      }
      for (const [, script = ''] of command.matchAll(/(?:npm run |scripts\[')([\w:]+)/g)) {
        assert.ok(script in scripts, script);
      }
    }
  });
}

test("GitHub's parser finds the faults of a workflow", async () => {
  const text = readFileSync(join(FOLDER, 'checks.yml'), 'utf8');
  for (const [from, to] of [
    ['runs-on: ubuntu-latest', 'run-on: ubuntu-latest'],
    ['matrix.node }}', 'matrx.node }}'],
    ['contents: read', 'content: read'],
  ] as const) {
    assert.ok(text.includes(from), from);
    assert.notDeepEqual(await errorsIn('checks.yml', text.replace(from, to)), [], to);
  }
});

test('no job may do more than read, but for the one that publishes', () => {
  const granted = WORKFLOWS.flatMap(({ name }) => {
    const { permissions, jobs } = workflow(name);
    assert.deepEqual(permissions, { contents: 'read' }, name);
    return Object.entries(jobs).flatMap(([job, { permissions }]) =>
      permissions ? [[name, job, permissions]] : [],
    );
  });
  assert.deepEqual(granted, [['release.yml', 'publish', { contents: 'read', 'id-token': 'write' }]]);
});

test('quick tests run on three systems with three versions of Node.js, and a release waits for all checks', () => {
  const { quick } = parse(WORKFLOWS.find(({ name }) => name === 'checks.yml')?.text ?? '').jobs;
  assert.deepEqual(quick.strategy.matrix, {
    os: ['ubuntu-latest', 'macos-latest', 'windows-latest'],
    node: [22, 24, 26],
  });
  const { jobs } = parse(WORKFLOWS.find(({ name }) => name === 'release.yml')?.text ?? '');
  assert.equal(jobs.publish.needs, 'checks');
  assert.equal(jobs.checks.uses, './.github/workflows/checks.yml');
});

test('the commands that the README shows first are run', () => {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/^(npm ci && npm \w+)/gm)].map(([, command]) => command);
  assert.equal(shown.length, 2);
  const commands = commandsOf({
    permissions: {},
    jobs: { readme: workflow('checks.yml').jobs.readme ?? {} },
  });
  for (const command of shown)
    assert.ok(
      commands.some((one) => one.includes(command ?? '')),
      command,
    );
});
