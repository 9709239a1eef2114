import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moduleOfPackage } from '../../../src/base/package-files.ts';
import { causeOf, type Sample } from '../../../src/hub/stalls/cause.ts';

function frame(name: string, file = '/app/main.js') {
  return { name, file, line: 1, column: 1 };
}

function sample(names: readonly ReturnType<typeof frame>[], { covers = 100, waited = 1 } = {}): Sample {
  return { time: 0n, isDebugged: false, frames: names, covers, waited };
}

const handler = frame('handler');

test('the cause is the function of the application that the most time was spent in', () => {
  const [parse, sort] = [frame('parse'), frame('sort')];
  const cause = causeOf([
    sample([parse, handler]),
    sample([sort, handler], { covers: 500 }),
    sample([sort, handler], { covers: 200 }),
  ]);
  assert.deepEqual(cause?.frames, [sort, handler]);
  assert.deepEqual([cause.share, cause.isNative], [700 / 800, false]);
});

test('a function of Node.js names its caller, and what the caller called', () => {
  const [read, file] = [frame('readSync', 'node:fs'), frame('readFileSync', 'node:fs')];
  const cause = causeOf([sample([read, file, handler, frame('listOnTimeout', 'node:internal/timers')])]);
  assert.deepEqual([cause?.frames, cause?.calling], [[handler], 'readFileSync']);
});

test('a function of pitot, as a wrapped method, stands for what it wraps; alone it is named', () => {
  const wrapped = frame('end', moduleOfPackage('app/sources/http/server').href);
  const cause = causeOf([sample([wrapped, handler], { waited: 1200 })]);
  assert.deepEqual([cause?.frames, cause?.calling, cause?.isNative], [[handler], 'end', true]);
  assert.deepEqual(causeOf([sample([frame('runMicrotasks', ''), wrapped])])?.frames, [wrapped]);
});

test('a thread that did not answer for most of the time was in a native call', () => {
  const samples = [sample([handler], { covers: 1800, waited: 1800 }), sample([handler])];
  assert.equal(causeOf(samples)?.isNative, true);
});

test('there is no cause without a stack, and none if only Node.js is on it', () => {
  assert.equal(causeOf([]), undefined);
  assert.equal(causeOf([sample([frame('processTimers', 'node:internal/timers')])]), undefined);
});

test('WebAssembly names the JavaScript that called it; that of Node.js has no cause', () => {
  const lexer = frame('', 'wasm://wasm/00ad0bc6');
  const cause = causeOf([sample([lexer, lexer, handler])]);
  assert.deepEqual([cause?.frames, cause?.calling], [[handler], 'WebAssembly']);
  assert.equal(causeOf([sample([lexer, frame('parse', 'node:internal/deps/cjs-module-lexer')])]), undefined);
});

test('of several functions that were called, the one is named that most of the time went into', () => {
  const call = (name: string, covers: number) => sample([frame(name, 'node:fs'), handler], { covers });
  const cause = causeOf([call('now', 150), call('readFileSync', 100), call('readFileSync', 100)]);
  assert.equal(cause?.calling, 'readFileSync');
});

test('a loop that is stopped where it turns names what it calls; one that hardly calls anything names nothing', () => {
  const inLoop = sample([handler], { covers: 100 });
  const inCall = sample([frame('readFileSync', 'node:fs'), handler], { covers: 100 });
  assert.equal(causeOf([inCall, inLoop, inLoop])?.calling, 'readFileSync');
  assert.equal(causeOf([inCall, inLoop, inLoop, inLoop, inLoop])?.calling, '');
});
