import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commands } from '../../src/cli/commands.ts';
import { REPOSITORY } from '../harness/service.ts';
import { pitot } from './helpers/pitot.ts';

const NOTHING_ELSE = { signal: null, stderr: '' };

test('--help lists every command, and the help of a command has its usage and options', async () => {
  const { stdout, ...rest } = await pitot(['--help']);
  assert.deepEqual(rest, { ...NOTHING_ELSE, code: 0 });
  for (const command of commands) {
    assert.match(stdout, new RegExp(`^  ${command.name} +\\S`, 'm'));
    const help = await pitot([command.name, '--help']);
    assert.equal(help.code, 0);
    assert.ok(help.stdout.startsWith(`Usage: pitot ${command.name}`));
    const { options } = await command.load();
    for (const option of Object.keys(options))
      assert.match(help.stdout, new RegExp(`^  --${option}\\b`, 'm'));
  }
});

test('--help is accepted anywhere among the options', async () => {
  const { stdout, code } = await pitot(['check', '--json', '-h']);
  assert.equal(code, 0);
  assert.match(stdout, /^Usage: pitot check/);
});

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    version: string;
  };
  assert.deepEqual(await pitot(['--version']), { ...NOTHING_ELSE, code: 0, stdout: `${version}\n` });
});

const MISUSES: readonly [args: string[], line: string][] = [
  [[], 'pitot: no command is given. See pitot --help.\n'],
  [['chek'], 'pitot: "chek" is no command; there are run, check, init, contract, top. See pitot --help.\n'],
  [
    ['--frobnicate'],
    'pitot: "--frobnicate" is no command; there are run, check, init, contract, top. See pitot --help.\n',
  ],
  [['run'], 'pitot: no program is given. See pitot run --help.\n'],
  [['check', '--jsno'], "pitot: Unknown option '--jsno'. See pitot check --help.\n"],
  [['check', 'one.mjs', 'two.mjs'], 'pitot: check takes one instrumentation file. See pitot check --help.\n'],
  [['check', '--json=yes'], "pitot: Option '--json' does not take an argument. See pitot check --help.\n"],
  [['contract', '--check'], "pitot: Option '--check <value>' argument missing. See pitot contract --help.\n"],
  [
    ['contract', '--check', 'localhost:9464'],
    'pitot: --check takes the URL of an endpoint, such as http://localhost:9464/metrics. See pitot contract --help.\n',
  ],
  [
    ['contract', '--allow', 'all'],
    "pitot: --allow takes missing, unknown, type, unit, attribute, value, not 'all'. See pitot contract --help.\n",
  ],
  [
    ['contract', '--check', 'http://127.0.0.1:1', '--header', 'secret'],
    "pitot: --header takes a header as in 'Authorization: Bearer …'. See pitot contract --help.\n",
  ],
];

for (const [args, line] of MISUSES) {
  test(`pitot ${args.join(' ')} is an error with exit code 2 that says why`, async () => {
    assert.deepEqual(await pitot(args), { code: 2, signal: null, stdout: '', stderr: line });
  });
}
