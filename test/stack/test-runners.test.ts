import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Guide } from '../harness/guide.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { installPacked } from '../harness/packed-tarball.ts';
import { inherited } from '../harness/service.ts';

const guide = new Guide('docs/testing.md');

const RUNNERS = ['vitest@4.1.12', 'jest@30.5.2', 'jest-29@npm:jest@29.7.0', '@opentelemetry/api@1.10.0'];
const VITEST = ['vitest/vitest.mjs', 'run', '--globals'];
const JEST = ['jest/bin/jest.js', '--runInBand'];
const JEST_29 = ['jest-29/bin/jest.js', '--runInBand'];

/** Imports the application before pitot/testing, and expects totals that no other file has added to. */
const APPLICATION_FIRST = `
import { place } from './orders.js';
import { metricsOf } from 'pitot/testing';
test('counts from zero', async () => {
  place({ channel: 'web', euros: 5 });
  expect(await metricsOf('shop.orders')).toBe(1);
});
`;

describe('the packed package in test runners', { timeout: 300_000 }, () => {
  const lifetime = lifetimeOfSuite();
  let folder: string;
  let programs = 0;
  before(async () => {
    folder = await installPacked(lifetime, RUNNERS);
  });

  /** Writes the files into a program of that type, runs its tests, which pass, and returns the output. */
  async function outputOf(
    type: 'module' | 'commonjs',
    files: ReadonlyMap<string, string>,
    command: readonly string[],
    flags: readonly string[] = [],
  ): Promise<string> {
    const program = join(folder, `program-${programs++}`);
    await mkdir(program);
    const manifest = JSON.stringify({ type, private: true });
    for (const [name, text] of [['package.json', manifest] as const, ...files]) {
      await writeFile(join(program, name), text);
    }
    const [bin = '', ...args] = command;
    const env = { ...inherited(), CI: 'true', NO_COLOR: '1' };
    const options = { cwd: program, env, encoding: 'utf8', timeout: 120_000 } as const;
    const argv = [...flags, join(folder, 'node_modules', bin), ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, options);
    assert.equal(status, 0, stdout + stderr);
    return stdout + stderr;
  }
  for (const pool of ['forks', 'threads', 'vmThreads']) {
    test(`the examples for Vitest pass in its pool '${pool}'`, async () => {
      const files = await modules('Vitest');
      assert.match(await outputOf('module', files, [...VITEST, `--pool=${pool}`]), /Tests {2}2 passed/);
    });
  }

  test('Vitest loads pitot/testing before the application by its setupFiles', async () => {
    const settings = `export default { test: { setupFiles: ['pitot/testing'] } };`;
    const files = new Map([...(await applicationFirst()), ['vitest.config.js', settings]]);
    assert.match(await outputOf('module', files, VITEST), /Tests {2}2 passed/);
  });

  for (const [name, jest] of [
    ['Jest 30', JEST],
    ['Jest 29', JEST_29],
  ] as const) {
    test(`the example for ${name} passes in CommonJS, without any settings`, async () => {
      const files = new Map([...guide.files('Jest')]);
      assert.match(await outputOf('commonjs', files, jest), /Tests: +1 passed, 1 total/);
    });

    test(`${name} runs ES modules; its setupFiles load pitot/testing first, and files count apart`, async () => {
      const settings = `export default { setupFiles: ['pitot/testing'], transform: {} };`;
      const files = new Map([...(await applicationFirst()), ['jest.config.js', settings]]);
      const output = await outputOf('module', files, jest, ['--experimental-vm-modules']);
      assert.match(output, /Tests: +2 passed, 2 total/);
    });
  }
});

/** The application of docs/testing.md, with the tests under a heading. */
async function modules(heading: string): Promise<Map<string, string>> {
  return new Map([...guide.files('Testing your own metrics'), ...guide.files(heading)]);
}

/** Two test files that do not reset. */
async function applicationFirst(): Promise<Map<string, string>> {
  const files = guide.files('Testing your own metrics');
  return new Map([...files, ['first.test.js', APPLICATION_FIRST], ['second.test.js', APPLICATION_FIRST]]);
}
