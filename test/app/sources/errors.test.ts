import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inherited } from '../../harness/service.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures/unhandled.mjs');
const SOURCE = ['--import', pathToFileURL(join(import.meta.dirname, 'helpers/count-errors.ts')).href];

type Ending = { code: number | null; signal: string | null; stdout: string; stderr: string };

/** Runs the program; gives how it ended, and the errors that the source counted. */
async function run(nodeArgs: readonly string[], ways: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [...nodeArgs, PROGRAM, ...ways], {
    env: { ...inherited(), ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const [, output, errorOutput, countOutput] = child.stdio;
  assert.ok(output && errorOutput && countOutput && 'readable' in countOutput);
  const outputs = Promise.all([text(output), text(errorOutput), text(countOutput)]);
  const [code, signal] = await once(child, 'close');
  const [stdout, err, lines] = await outputs;
  const counts = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { name, value, ...attributes } = JSON.parse(line);
      assert.deepEqual([name, value], ['application.errors', 1]);
      return [
        attributes['application.error.origin'],
        attributes['error.type'],
        attributes['application.error.severity'],
      ].join(' ');
    });
  const stderr = err
    .replaceAll(`(node:${child.pid})`, '(node)')
    // Only a stack that leads through `process.emit` shows the replaced method.
    .replaceAll(/ {4}at process\.emit \(.*\/src\/app\/.*\n/g, '');
  const ending: Ending = { code, signal, stdout, stderr };
  return { ending, counts };
}

const REJECTED = 'unhandled_rejection RangeError';
const THROWN = 'uncaught_exception TypeError';

const CASES: readonly [flags: string, ways: string, counted: readonly string[]][] = [
  ['', 'reject', [`${REJECTED} fatal`]],
  ['', 'listen reject', [`${REJECTED} error`]],
  ['', 'listenOnce reject', [`${REJECTED} error`]],
  ['', 'catch reject', [`${REJECTED} error`]],
  ['', 'capture reject', [`${REJECTED} error`]],
  ['', 'listen catch reject reject', [`${REJECTED} error`, `${REJECTED} error`]],
  ['', 'catch reject reject', [`${REJECTED} error`, `${REJECTED} error`]],
  ['', 'listenAndThrow reject', [`${REJECTED} error`, 'uncaught_exception SyntaxError fatal']],
  ['', 'rejectText', ['unhandled_rejection _OTHER fatal']],
  ['', 'listen late', [`${REJECTED} error`, 'process_warning PromiseRejectionHandledWarning warn']],
  ['', 'throw', [`${THROWN} fatal`]],
  ['', 'catch throw reject', [`${REJECTED} error`, `${THROWN} error`]],
  ['', 'capture throw', [`${THROWN} error`]],
  ['', 'warn warn', Array(2).fill('process_warning DeprecationWarning warn')],
  ['--no-warnings', 'warn', ['process_warning DeprecationWarning warn']],
  ['', 'listeners', []],
  ['', 'listen listeners reject', [`${REJECTED} error`]],
  ['--unhandled-rejections=strict', 'reject', [`${REJECTED} fatal`]],
  ['--unhandled-rejections=strict', 'listen reject', [`${REJECTED} fatal`]],
  ['--unhandled-rejections=strict', 'catch listen reject reject', Array(2).fill(`${REJECTED} error`)],
  ['--unhandled-rejections=warn', 'reject', [`${REJECTED} fatal`]],
  ['--unhandled-rejections=warn', 'listen reject reject', Array(2).fill(`${REJECTED} error`)],
  ['--unhandled-rejections=none', 'reject reject', Array(2).fill(`${REJECTED} fatal`)],
  ['--unhandled-rejections=warn-with-error-code', 'reject', [`${REJECTED} fatal`]],
];

for (const [flags, ways, counted] of CASES) {
  test(
    `${flags} ${ways}: each is counted once, and the process does what it does without`.trim(),
    async () => {
      const nodeArgs = flags === '' ? [] : [flags];
      const [without, measured] = await Promise.all([
        run(nodeArgs, ways.split(' ')),
        run([...nodeArgs, ...SOURCE], ways.split(' ')),
      ]);
      assert.deepEqual(measured.ending, without.ending);
      assert.deepEqual(measured.counts, counted);
    },
  );
}

test('a stopped source counts nothing and restores process.emit', async () => {
  const ways = ['listen', 'catch', 'reject', 'throw', 'warn', 'emit'];
  const [without, stopped] = await Promise.all([run([], ways), run(SOURCE, ways, { STOP: '' })]);
  assert.deepEqual(stopped.ending, without.ending);
  assert.match(stopped.ending.stdout, /^emit is its own: false$/m);
  assert.deepEqual(stopped.counts, []);
});
