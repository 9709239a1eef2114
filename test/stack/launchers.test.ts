import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type Child, startChild } from '../harness/child.ts';
import { freePort } from '../harness/free-port.ts';
import type { Lifetime } from '../harness/lifetime.ts';
import { inherited } from '../harness/service.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/* Commands of installed packages, with pitot in NODE_OPTIONS and a port that only one process can have. */

/** Scrapes its own endpoint and tells what it has counted there. */
const APPLICATION = `
import { metrics } from '@opentelemetry/api';
metrics.getMeter('shop').createCounter('shop.orders').add(2);
const url = 'http://127.0.0.1:' + process.env.OTEL_EXPORTER_PROMETHEUS_PORT + '/metrics';
const scrape = () => fetch(url).then((response) => response.text());
let exposition = '';
for (let tries = 0; tries < 200 && !/^shop_orders_total/m.test(exposition); tries++) {
  exposition = await scrape().catch(() => '');
  await new Promise((resolve) => setTimeout(resolve, 50));
}
console.log('orders: ' + /^shop_orders_total.* (\\d+)$/m.exec(exposition)?.[1]);
process.exit();
`;

const FILES: Readonly<Record<string, string>> = {
  'app.mjs': APPLICATION,
  'app.ts': `const orders: number = 2;\nvoid orders;\nvoid import('./app.mjs');\n`,
  'checked.cjs': 'module.exports = 1;\n',
  'checked.test.js': "test('runs', () => {});\n",
  'eslint.config.mjs': 'export default [];\n',
  'webpack.config.cjs': "module.exports = { mode: 'production', entry: './checked.cjs' };\n",
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', noEmit: true, skipLibCheck: true, types: [], allowJs: false },
    files: ['app.ts'],
    'ts-node': { transpileOnly: true },
  }),
};

/** Start the application. */
const STARTERS: readonly (readonly string[])[] = [
  ['cross-env', 'MODE=test', 'node', 'app.mjs'],
  ['concurrently', '--raw', 'node app.mjs'],
  ['dotenv', '--', 'node', 'app.mjs'],
  ['run-s', '--silent', 'app'],
  ['run-p', '--silent', 'app'],
  ['tsx', 'app.ts'],
];
/** Start nothing that is to be measured. */
const BUILDERS: readonly (readonly string[])[] = [
  ['eslint', 'checked.cjs'],
  ['tsc', '--project', 'tsconfig.json'],
  ['jest', '--testMatch', '**/checked.test.js'],
  ['vitest', 'run', '--globals', 'checked.test.js'],
  ['webpack', '--config', 'webpack.config.cjs'],
];

/** A monorepo with one package, whose script starts the application, and hooks of git that do. */
const WORKSPACE: Readonly<Record<string, string>> = {
  'app.mjs': APPLICATION,
  'packages/shop/package.json': JSON.stringify({
    name: 'shop',
    version: '1.0.0',
    private: true,
    scripts: { serve: 'node ../../app.mjs' },
  }),
  // Turborepo hands on NODE_OPTIONS, and other variables only if they are named.
  'turbo.json': JSON.stringify({
    tasks: { serve: { cache: false } },
    globalPassThroughEnv: ['OTEL_*', 'PITOT_*'],
  }),
  'nx.json': '{}\n',
  'lerna.json': JSON.stringify({ version: 'independent' }),
  '.lintstagedrc.json': JSON.stringify({ 'staged.txt': 'node app.mjs' }),
  'staged.txt': 'changed\n',
  '.gitignore': 'node_modules\n',
};
const PRE_COMMIT_HOOKS: Readonly<Record<string, string>> = {
  husky: 'node app.mjs\n',
  'husky and lint-staged': 'node_modules/.bin/lint-staged --verbose\n',
};

/** Start the application as a script of a package. */
const TASK_RUNNERS: readonly (readonly string[])[] = [
  ['turbo', 'run', 'serve'],
  ['nx', 'run', 'shop:serve'],
  ['lerna', 'run', 'serve', '--stream'],
  ['lerna', 'exec', '--', 'node', '../../app.mjs'],
];
/** Start nothing. */
const LISTINGS: readonly (readonly string[])[] = [
  ['turbo', 'ls'],
  ['nx', 'show', 'projects'],
  ['lerna', 'list', '--all'],
  ['forever', 'list'],
  ['husky'],
  ['lint-staged', '--allow-empty'],
];

describe('with pitot in NODE_OPTIONS', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await installedBesidePitot([
      ...['@opentelemetry/api@1.9.1', 'cross-env@10.1.0', 'concurrently@10.0.7', 'dotenv-cli@11.0.0'],
      ...['npm-run-all@4.1.5', 'eslint@10.15.0', 'typescript@5.9.3', 'jest@30.5.2', 'vitest@4.1.12'],
      ...['webpack@5.113.0', 'webpack-cli@7.3.1', 'ts-node@10.9.2', 'tsx@4.23.15', '@types/node@24'],
    ]);
    await write(folder, FILES);
    await describePackage(folder, { scripts: { app: 'node app.mjs' } });
  });

  for (const command of STARTERS) {
    test(`${command.join(' ')}: the application is measured, and the command is not`, async (t) => {
      const output = await outputOf(t, folder, commandOf(folder, command));
      assert.match(output, /^orders: 2$/m);
      assert.equal(output.match(/^.*pitot: .*$/gm)?.length, 1, output);
    });
  }

  for (const command of BUILDERS) {
    test(`${command.join(' ')}: pitot neither measures nor prints`, async (t) => {
      assert.doesNotMatch(await outputOf(t, folder, commandOf(folder, command)), /pitot:/);
    });
  }

  for (const args of [
    ['--require', 'ts-node/register', 'app.ts'],
    ['--import', 'tsx', 'app.ts'],
  ]) {
    test(`node ${args.join(' ')}: the application is measured once`, async (t) => {
      const output = await outputOf(t, folder, args);
      assert.match(output, /^orders: 2$/m);
      assert.equal(output.match(/^pitot: .*$/gm)?.length, 1, output);
    });
  }
});

describe('in a workspace, with pitot in NODE_OPTIONS', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await installedBesidePitot([
      ...['@opentelemetry/api@1.9.1', 'turbo@2.11.11', 'nx@24.0.6', 'lerna@10.1.1'],
      ...['husky@9.1.7', 'lint-staged@17.6.1', 'forever@4.0.3'],
    ]);
    await rm(join(folder, '.husky'), { recursive: true, force: true });
    await write(folder, WORKSPACE);
    await describePackage(folder, { workspaces: ['packages/*'], packageManager: 'npm@11.0.0' });
  });

  /** A repository without commits, where every file is staged. */
  async function initialize(t: Lifetime): Promise<void> {
    await rm(join(folder, '.git'), { recursive: true, force: true });
    for (const args of [
      ['init', '--quiet'],
      ['add', '.'],
    ]) {
      await ended(await start(t, folder, args, 'git'));
    }
  }

  for (const command of TASK_RUNNERS) {
    test(`${command.join(' ')}: the package’s application is measured, and the command is not`, async (t) => {
      assertMeasuredOnce(await outputOf(t, folder, commandOf(folder, command)));
    });
  }

  for (const [name, hook] of Object.entries(PRE_COMMIT_HOOKS)) {
    test(`git commit with ${name}: what the hook starts is measured, and nothing else`, async (t) => {
      await initialize(t);
      assert.equal(await outputOf(t, folder, commandOf(folder, ['husky'])), '');
      await write(folder, { '.husky/pre-commit': hook });
      const commit = ['commit', '--quiet', '--message', 'one'];
      assertMeasuredOnce(await ended(await start(t, folder, commit, 'git')));
    });
  }

  test('forever app.mjs: the application is measured, and the command is not', async (t) => {
    const forever = ['forever', '--minUptime', '1', '--spinSleepTime', '60000', 'app.mjs'];
    const program = await start(t, folder, commandOf(folder, forever));
    // It stays when the application has ended.
    await program.line(/Forever detected script exited/, 60_000);
    assertMeasuredOnce(program.stdout + program.stderr);
  });

  for (const command of LISTINGS) {
    test(`${command.join(' ')}: pitot neither measures nor prints`, async (t) => {
      await initialize(t);
      assert.doesNotMatch(await outputOf(t, folder, commandOf(folder, command)), /pitot:/);
    });
  }
});

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** Adds fields to package.json, and leaves the dependencies in it, which npm would remove otherwise. */
async function describePackage(folder: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(await readFile(file, 'utf8'));
  await writeFile(file, JSON.stringify({ ...manifest, ...fields }));
}

function commandOf(folder: string, [name = '', ...args]: readonly string[]): readonly string[] {
  return [join(folder, 'node_modules/.bin', name), ...args];
}

async function start(
  t: Lifetime,
  folder: string,
  args: readonly string[],
  program: string = process.execPath,
): Promise<Child> {
  return startChild(t, program, {
    args,
    cwd: folder,
    env: {
      ...inherited(),
      CI: 'true',
      // Some keep settings and files of processes there.
      HOME: join(folder, 'node_modules/.cache/home'),
      TURBO_TELEMETRY_DISABLED: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      ...{ GIT_AUTHOR_NAME: 'user', GIT_AUTHOR_EMAIL: 'user@example.com' },
      ...{ GIT_COMMITTER_NAME: 'user', GIT_COMMITTER_EMAIL: 'user@example.com' },
      PITOT_STALL_CAUSES: 'false',
      NODE_OPTIONS: '--import pitot/instrumentation',
      OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
    },
  });
}

async function outputOf(t: Lifetime, folder: string, args: readonly string[]): Promise<string> {
  return ended(await start(t, folder, args));
}

async function ended(program: Child): Promise<string> {
  const { code } = await program.ended(90_000);
  const output = program.stdout + program.stderr;
  assert.equal(code, 0, output);
  return output;
}

/** Task runners write a prefix before each line. */
function assertMeasuredOnce(output: string): void {
  assert.match(output, /orders: 2$/m);
  assert.equal(output.match(/pitot: .*$/gm)?.length, 1, output);
}
