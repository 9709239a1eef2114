import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InstrumentationBase, isWrapped } from '@opentelemetry/instrumentation';
import fc from 'fast-check';
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

/** Wraps and unwraps as every official instrumentation does. */
class Official extends InstrumentationBase {
  constructor() {
    super('official', '1.0.0', { enabled: false });
  }

  protected override init(): void {}

  wrap(target: { greet(whom: string): string }, layer: (original: Method) => Method): void {
    this._wrap(target, 'greet', (original) => layer(original as Method) as typeof original);
  }

  unwrap(target: { greet(whom: string): string }): void {
    this._unwrap(target, 'greet');
  }
}

/** A wrapper that adds a letter to what the method returns. */
const adding =
  (letter: string) =>
  (original: Method): Method =>
    function (this: unknown, ...args) {
      return `${Reflect.apply(original, this, args)}${letter}`;
    };

test('a wrapper keeps the owner, the name, the length and the receiver, and undo restores the property', () => {
  const before = Object.getOwnPropertyDescriptor(Greeter.prototype, 'greet');
  const undo = replaceMethod(Greeter.prototype, 'greet', adding('!'));
  assert.equal(new Greeter('ann').greet('bob'), 'ann greets bob!');
  assert.equal(Greeter.prototype.greet.name, 'greet');
  assert.equal(Greeter.prototype.greet.length, 1);
  assert.deepEqual(Object.keys(Greeter.prototype), []);
  undo();
  assert.deepEqual(Object.getOwnPropertyDescriptor(Greeter.prototype, 'greet'), before);
});

test('an inherited method is replaced for one object only', () => {
  const [ann, bob] = [new Greeter('ann'), new Greeter('bob')];
  const undo = replaceMethod(ann, 'greet', adding('!'));
  assert.equal(ann.greet('eve'), 'ann greets eve!');
  assert.equal(bob.greet('eve'), 'bob greets eve');
  undo();
  assert.equal(Object.hasOwn(ann, 'greet'), false);
});

test('a missing method is a TypeError', () => {
  assert.throws(() => replaceMethod(undefined, 'greet', adding('!')), TypeError);
  assert.throws(() => replaceMethod({}, 'greet', adding('!')), TypeError);
  assert.throws(() => replaceMethod({ greet: 'hello' }, 'greet', adding('!')), TypeError);
});

test('an official instrumentation sees its own wrapper through ours, and no wrapper where it has none', () => {
  const ann = new Greeter('ann');
  replaceMethod(ann, 'greet', adding('p'));
  assert.equal(isWrapped(ann.greet), false);
  const bob = new Greeter('bob');
  new Official().wrap(bob, adding('o'));
  replaceMethod(bob, 'greet', adding('p'));
  assert.equal(isWrapped(bob.greet), true);
});

test('an instrumentation that finds itself wrapped and wraps anew is there once, and so is pitot', () => {
  const ann = new Greeter('ann');
  const official = new Official();
  official.wrap(ann, adding('o'));
  const undo = replaceMethod(ann, 'greet', adding('p'));
  // instrumentation-pg does this between its patch of a file and its patch of the package.
  if (isWrapped(ann.greet)) official.unwrap(ann);
  official.wrap(ann, adding('o'));
  assert.equal(ann.greet('bob'), 'ann greets bobpo');
  official.unwrap(ann);
  assert.equal(ann.greet('bob'), 'ann greets bobp');
  undo();
  assert.equal(ann.greet('bob'), 'ann greets bob');
});

test('wrappers of pitot and of others come off in any order, and each that stays runs once', () => {
  const steps = fc.array(fc.constantFrom('wrap', 'pitot', 'other pitot', 'unwrap', 'undo', 'undo other'), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(steps, (program) => {
      const ann = new Greeter('ann');
      const official = new Official();
      const own: Record<string, (() => void) | undefined> = {};
      let isOfficial = false;
      for (const step of program) {
        if (step === 'wrap') {
          if (isWrapped(ann.greet)) official.unwrap(ann);
          official.wrap(ann, adding('o'));
          isOfficial = true;
        } else if (step === 'unwrap' && isOfficial) {
          official.unwrap(ann);
          isOfficial = false;
        } else if (step === 'pitot') own.p ??= replaceMethod(ann, 'greet', adding('p'));
        else if (step === 'other pitot') own.q ??= replaceMethod(ann, 'greet', adding('q'));
        else if (step === 'undo') {
          own.p?.();
          own.p = undefined;
        } else if (step === 'undo other') {
          own.q?.();
          own.q = undefined;
        }
        const expected: unknown[] = [isOfficial && 'o', own.p && 'p', own.q && 'q'].filter(Boolean);
        assert.deepEqual(ann.greet('').slice('ann greets '.length).split('').sort(), expected);
      }
    }),
  );
});
