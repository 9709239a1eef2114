import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLauncher } from '../../src/app/launchers.ts';

test('programs whose only work is to start others are known by their paths', () => {
  for (const program of [
    '/usr/bin/npm',
    '/usr/lib/node_modules/npm/bin/npm-cli.js',
    'C:\\Program Files\\nodejs\\node_modules\\npm\\bin\\npx-cli.js',
    '/usr/lib/node_modules/corepack/dist/pnpm.js',
    '/app/.yarn/releases/yarn-4.9.1.cjs',
    '/app/node_modules/.bin/tsx',
    '/app/node_modules/tsx/dist/cli.mjs',
    '/app/node_modules/nodemon/bin/nodemon.js',
    '/app/node_modules/pm2/lib/Daemon.js',
    '/app/node_modules/.bin/cross-env',
    'C:\\app\\node_modules\\cross-env\\dist\\bin\\cross-env.js',
    '/app/node_modules/concurrently/dist/bin/concurrently.js',
    '/app/node_modules/dotenv-cli/cli.js',
    '/app/node_modules/.bin/run-p',
    '/app/node_modules/typescript/bin/tsc',
    '/app/node_modules/jest-worker/build/workers/processChild.js',
    '/app/node_modules/vitest/dist/workers/forks.js',
    '/app/node_modules/next/dist/compiled/jest-worker/processChild.js',
  ]) {
    assert.equal(isLauncher(program), true, program);
  }
});

test('applications are not taken for one', () => {
  for (const program of [
    undefined,
    '/app/server.js',
    '/app/npm/server.js',
    '/app/yarn.js',
    '/app/dist/main.js',
    '/app/node_modules/pm2/lib/ProcessContainer.js',
    '/app/node_modules/pm2/lib/ProcessContainerFork.js',
    '/app/node_modules/.bin/next',
    '/app/jest',
    '/app/node_modules/next/dist/bin/next',
  ]) {
    assert.equal(isLauncher(program), false, program);
  }
});

test('a framework that builds is one, and a framework that serves is not', () => {
  for (const program of ['/app/node_modules/.bin/next', '/app/node_modules/next/dist/bin/next']) {
    assert.equal(isLauncher(program, 'build'), true, program);
    assert.equal(isLauncher(program, 'start'), false, program);
  }
  assert.equal(isLauncher('/app/server.js', 'build'), false);
});
