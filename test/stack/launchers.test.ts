import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { startChild } from '../harness/child.ts';
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

describe('with pitot in NODE_OPTIONS', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await installedBesidePitot([
      ...['@opentelemetry/api@1.9.1', 'cross-env@10.1.0', 'concurrently@10.0.7', 'dotenv-cli@11.0.0'],
      ...['npm-run-all@4.1.5', 'eslint@10.15.0', 'typescript@5.9.3', 'jest@30.5.2', 'vitest@4.1.12'],
      ...['webpack@5.113.0', 'webpack-cli@7.3.1', 'ts-node@10.9.2', 'tsx@4.23.15', '@types/node@24'],
    ]);
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
    const scripts = { app: 'node app.mjs' };
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'user', private: true, scripts }));
  });

  async function run(t: Lifetime, args: readonly string[]) {
    const program = await startChild(t, process.execPath, {
      args,
      cwd: folder,
      env: {
        ...inherited(),
        CI: 'true',
        PITOT_STALL_CAUSES: 'false',
        NODE_OPTIONS: '--import pitot/instrumentation',
        OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()),
      },
    });
    const { code } = await program.ended(90_000);
    const output = program.stdout + program.stderr;
    assert.equal(code, 0, output);
    return output;
  }

  const commandOf = ([name = '', ...args]: readonly string[]) => [
    join(folder, 'node_modules/.bin', name),
    ...args,
  ];

  for (const command of STARTERS) {
    test(`${command.join(' ')}: the application is measured, and the command is not`, async (t) => {
      const output = await run(t, commandOf(command));
      assert.match(output, /^orders: 2$/m);
      assert.equal(output.match(/^.*pitot: .*$/gm)?.length, 1, output);
    });
  }

  for (const command of BUILDERS) {
    test(`${command.join(' ')}: pitot neither measures nor prints`, async (t) => {
      assert.doesNotMatch(await run(t, commandOf(command)), /pitot:/);
    });
  }

  for (const args of [
    ['--require', 'ts-node/register', 'app.ts'],
    ['--import', 'tsx', 'app.ts'],
  ]) {
    test(`node ${args.join(' ')}: the application is measured once`, async (t) => {
      const output = await run(t, args);
      assert.match(output, /^orders: 2$/m);
      assert.equal(output.match(/^pitot: .*$/gm)?.length, 1, output);
    });
  }
});
