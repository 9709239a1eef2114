import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { canonicalize } from '../../../src/model/attributes.ts';
import { valuesOf } from './helpers/points.ts';
import { ReadingHub } from './helpers/reading-hub.ts';
import { warningsOf } from './helpers/warnings.ts';

/** So few that they meet again. Every prototype has `toString`. */
const key = fc.constantFrom('k', 'l', 'm', 'toString', '__proto__');
const value = fc.constantFrom(
  ...['a', 'b', 'REDACTED', 1, '1', false, Number.NaN, 0, -0, '', null, undefined, ['x'], ['y']],
);
/** The last one has attributes, which count for nothing where they are inherited. */
const prototype = fc.constantFrom(Object.prototype, null, { k: 'a', l: 1 });
const attributes: fc.Arbitrary<Attributes> = fc
  .tuple(fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name, maxLength: 5 }), prototype)
  .map(([entries, from]) => objectOf(entries, from));
const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ does: fc.constantFrom('add', 'bind'), attributes }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('remove'), attributes }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('redact'), name: key }) },
);

function objectOf(entries: readonly (readonly [string, unknown])[], prototype: object | null): Attributes {
  const object: Attributes = Object.create(prototype);
  for (const [name, value] of entries) Object.defineProperty(object, name, { value, enumerable: true });
  return object;
}

/** The series of an instrument, in the plainest possible form. */
class Model {
  private readonly redacted = new Set<string>();
  private readonly series = new Map<string, { names: readonly string[]; count: number }>();

  add(given: Attributes): void {
    const { key, attributes } = this.store(given);
    const count = (this.series.get(key)?.count ?? 0) + 1;
    this.series.set(key, { names: Object.keys(attributes), count });
  }

  remove(given: Attributes): void {
    this.series.delete(this.store(given).key);
  }

  /** @returns all rules for attributes so far */
  redact(name: string) {
    const isNew = !this.redacted.has(name);
    this.redacted.add(name);
    for (const [key, { names }] of this.series) if (isNew && names.includes(name)) this.series.delete(key);
    return Object.fromEntries([...this.redacted].map((one) => [one, 'redact' as const]));
  }

  get counts(): [string, number][] {
    return [...this.series].map(([key, { count }]): [string, number] => [key, count]).sort();
  }

  private store(given: Attributes) {
    const entries = Object.entries(given).map(([name, value]): [string, unknown] => [
      name,
      this.redacted.has(name) && value !== undefined ? 'REDACTED' : value,
    ]);
    return canonicalize(objectOf(entries, Object.prototype));
  }
}

test('whatever keys attributes have, and in whatever order, they count in the series of their own values', (t) => {
  warningsOf(t);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
      const recorder = new Recorder();
      const hub = new ReadingHub(recorder);
      const counter = recorder.getMeter('test').createCounter('c');
      const model = new Model();
      for (const one of steps) {
        if ('name' in one) recorder.configure({ redact: model.redact(one.name) });
        else if (one.does === 'remove') {
          counter.remove(one.attributes);
          model.remove(one.attributes);
        } else {
          if (one.does === 'add') counter.add(1, one.attributes);
          else counter.bind(one.attributes).add(1);
          model.add(one.attributes);
        }
      }
      const scopes = hub.collect();
      const points = scopes.length === 0 ? [] : valuesOf(scopes, 'c');
      assert.deepEqual(
        points.map(([of, count]) => [canonicalize({ ...of }).key, count]).sort(),
        model.counts,
      );
    }),
    { numRuns: 1000 },
  );
});

test('inherited attributes count in no series, whichever others were recorded before', () => {
  const recorder = new Recorder();
  const hub = new ReadingHub(recorder);
  const counter = recorder.getMeter('test').createCounter('c');
  const inheriting = objectOf([['method', 'GET']], { route: '/a' });
  counter.add(1, { method: 'GET', route: '/a' });
  for (let i = 0; i < 3; i++) counter.add(10, inheriting);
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [
    [{ method: 'GET', route: '/a' }, 1],
    [{ method: 'GET' }, 30],
  ]);
});

test('bound forms keep the attributes of a series that was removed', () => {
  const recorder = new Recorder();
  const hub = new ReadingHub(recorder);
  const counter = recorder.getMeter('test').createCounter('c');
  const bound = Array.from({ length: 20 }, (_, id) => counter.bind({ method: 'GET', id }));
  for (let id = 0; id < 20; id += 2) counter.remove({ id, method: 'GET' });
  // Others take the memory in which their attributes lay.
  for (let id = 100; id < 110; id++) counter.add(1, { method: 'PUT', id });
  for (const one of bound) one.add(1);
  const ids = valuesOf(hub.collect(), 'c').map(([of]) => Number((of as Attributes).id));
  assert.deepEqual(
    ids.sort((a, b) => a - b),
    [...Array(20).keys(), ...Array.from({ length: 10 }, (_, i) => 100 + i)],
  );
});
