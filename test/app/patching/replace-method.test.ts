import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Method, replaceMethod } from '../../../src/app/patching/replace-method.ts';

class Greeter {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  greet(whom: string): string {
    return `${this.name} greets ${whom}`;
  }
}

const shouting = (original: Method): Method =>
  function (this: unknown, ...args) {
    return String(Reflect.apply(original, this, args)).toUpperCase();
  };

test('a replaced method has its place, its looks and its this, and is put back', () => {
  const before = Object.getOwnPropertyDescriptor(Greeter.prototype, 'greet');
  const undo = replaceMethod(Greeter.prototype, 'greet', shouting);
  assert.equal(new Greeter('ann').greet('bob'), 'ANN GREETS BOB');
  assert.equal(Greeter.prototype.greet.name, 'greet');
  assert.equal(Greeter.prototype.greet.length, 1);
  assert.deepEqual(Object.keys(Greeter.prototype), []);
  undo();
  assert.deepEqual(Object.getOwnPropertyDescriptor(Greeter.prototype, 'greet'), before);
});

test('a method that an object inherits is replaced for that object only', () => {
  const [ann, bob] = [new Greeter('ann'), new Greeter('bob')];
  const undo = replaceMethod(ann, 'greet', shouting);
  assert.equal(ann.greet('eve'), 'ANN GREETS EVE');
  assert.equal(bob.greet('eve'), 'bob greets eve');
  undo();
  assert.equal(Object.hasOwn(ann, 'greet'), false);
});

test('a method that somebody else has replaced since does what it did before, by itself', () => {
  const ann = new Greeter('ann');
  const undo = replaceMethod(ann, 'greet', shouting);
  replaceMethod(
    ann,
    'greet',
    (original) =>
      (...args) =>
        `${Reflect.apply(original, ann, args)}!`,
  );
  undo();
  assert.equal(ann.greet('bob'), 'ann greets bob!');
});

test('what is no object or has no such method is an error', () => {
  assert.throws(() => replaceMethod(undefined, 'greet', shouting), TypeError);
  assert.throws(() => replaceMethod({}, 'greet', shouting), TypeError);
  assert.throws(() => replaceMethod({ greet: 'hello' }, 'greet', shouting), TypeError);
});
