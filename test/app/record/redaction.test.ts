import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { getHeapSnapshot } from 'node:v8';
import type { Attributes } from '@opentelemetry/api';
import fc from 'fast-check';
import { Recorder, type RecorderOptions } from '../../../src/app/record/recorder.ts';
import type { Redactions } from '../../../src/model/redaction.ts';
import { isSensitive } from '../../../src/model/sensitive-names.ts';
import { heapUsed } from './helpers/heap.ts';
import { valuesOf } from './helpers/points.ts';
import { ReadingHub } from './helpers/reading-hub.ts';
import { warningsOf } from './helpers/warnings.ts';

function start(options: RecorderOptions = {}) {
  const recorder = new Recorder();
  recorder.configure(options);
  const hub = new ReadingHub(recorder);
  return { recorder, meter: recorder.getMeter('test'), hub };
}

/** The stored form of attributes that were recorded in an instrument `c`, in order. */
function stored(options: RecorderOptions, given: readonly Attributes[], advised: Redactions = {}): unknown {
  const { meter, hub } = start(options);
  const counter = meter.createCounter('c', { advice: { limits: { redact: advised } } });
  for (let i = 0; i < 2; i++) for (const attributes of given) counter.add(1, attributes);
  return valuesOf(hub.collect(), 'c');
}

function hash(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex').slice(0, 16);
}

test('values of attributes that look like credentials by their names are redacted, with one notice', (t) => {
  const warnings = warningsOf(t);
  const given = [
    { authorization: 'Bearer abc', route: '/' },
    { authorization: 'Bearer def', route: '/' },
    { 'X-Api-Key': 'k1', 'http.request.header.cookie': ['a=b'] },
    { accessToken: 'abc', 'gen_ai.token.type': 'input', password: true },
  ];
  assert.deepEqual(stored({}, given), [
    [{ authorization: 'REDACTED', route: '/' }, 4],
    [{ 'X-Api-Key': 'REDACTED', 'http.request.header.cookie': 'REDACTED' }, 2],
    [{ accessToken: 'REDACTED', 'gen_ai.token.type': 'input', password: true }, 2],
  ]);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /'c' has an attribute 'authorization'.*PITOT_REDACT=authorization=keep/);
  assert.doesNotMatch(warnings.join(), /abc/);
});

test('names of credentials are redacted, and names that only contain such a word are not', () => {
  for (const name of [
    'Authorization',
    'proxy-authorization',
    'set_cookie',
    'apikey',
    'db.password',
    'id_token',
  ]) {
    assert.ok(isSensitive(name), name);
  }
  for (const name of [
    'route',
    'auth.method',
    'cookie.consent',
    'gen_ai.token.type',
    'keyboard',
    'token',
    'secretary',
  ]) {
    assert.ok(!isSensitive(name), name);
  }
});

test('attributes are dropped, redacted, hashed, named by an alias or kept, as the settings say', () => {
  const redact: Redactions = {
    session: 'drop',
    'c:user.*': 'hash',
    'other:user.*': 'drop',
    client: { alias: { 'key-1': 'acme' } },
    ip: 'redact',
    api_key: 'keep',
  };
  const given = [
    { session: 's1', 'user.id': 'ann', client: 'key-1', ip: '::1', api_key: 'k' },
    { session: 's2', 'user.id': 'bob', client: 'key-2', ip: '::2', api_key: 'k' },
    { client: 'key-1' },
  ];
  assert.deepEqual(stored({ redact, redactKey: 'pepper' }, given), [
    [{ 'user.id': hash('pepper', 'ann'), client: 'acme', ip: 'REDACTED', api_key: 'k' }, 2],
    [{ 'user.id': hash('pepper', 'bob'), client: '_OTHER', ip: 'REDACTED', api_key: 'k' }, 2],
    [{ client: 'acme' }, 2],
  ]);
});

test('the settings win over the advice, and the advice over the default', () => {
  const advised: Redactions = { user: 'redact', 'api*': 'keep' };
  assert.deepEqual(stored({}, [{ user: 'ann', api_key: 'k' }], advised), [
    [{ user: 'REDACTED', api_key: 'k' }, 2],
  ]);
  assert.deepEqual(
    stored({ redact: { user: 'keep', '*': 'drop' } }, [{ user: 'ann', api_key: 'k' }], advised),
    [[{ user: 'ann' }, 2]],
  );
});

test('a given value never equals the hash of another, nor a number that of a text', () => {
  const given = [{ user: 'ann' }, { user: hash('pepper', 'ann') }, { user: 5 }, { user: '5' }];
  const points = stored({ redact: { user: 'hash' }, redactKey: 'pepper' }, given) as unknown[];
  assert.equal(points.length, 4);
});

test('without a key hashes still differ, with one warning', (t) => {
  const warnings = warningsOf(t);
  const points = stored({ redact: { user: 'hash' } }, [{ user: 'ann' }, { user: 'bob' }]);
  assert.deepEqual(
    (points as [Attributes, number][]).map(([{ user }, count]) => [
      /^[0-9a-f]{16}$/.test(String(user)),
      count,
    ]),
    [
      [true, 2],
      [true, 2],
    ],
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /PITOT_REDACT_KEY/);
});

test('bound forms, observables and removals redact as well', async () => {
  const { recorder, meter, hub } = start({ redact: { user: 'redact' } });
  const counter = meter.createCounter('c');
  const bound = counter.bind({ user: 'ann' });
  bound.add(1);
  meter.createObservableGauge('g').addCallback((result) => result.observe(7, { user: 'bob' }));
  await recorder.observe(1000);
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [[{ user: 'REDACTED' }, 1]]);
  assert.deepEqual(valuesOf(hub.collect(), 'g'), [[{ user: 'REDACTED' }, 7]]);
  counter.remove({ user: 'carl' });
  bound.add(2);
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [[{ user: 'REDACTED' }, 2]]);
});

test('series with values to redact that were recorded before the settings came are removed', (t) => {
  const warnings = warningsOf(t);
  const { recorder, meter, hub } = start();
  const counter = meter.createCounter('c');
  for (const user of ['ann', 'bob']) counter.add(1, { user });
  counter.add(1, { route: '/' });
  counter.add(1, { authorization: 'Basic' });
  recorder.configure({ redact: { user: 'redact', authorization: 'drop' } });
  for (const user of ['ann', 'bob']) counter.add(1, { user });
  assert.deepEqual(valuesOf(hub.collect(), 'c'), [
    [{ route: '/' }, 1],
    [{ authorization: 'REDACTED' }, 1],
    [{ user: 'REDACTED' }, 2],
  ]);
  assert.match(warnings.at(-1) ?? '', /'c' had 2 series with attributes that are to be redacted/);
});

test('whatever is given as a value, nothing throws and nothing of it is stored', () => {
  const redact: Redactions = {
    h: 'hash',
    d: 'drop',
    r: 'redact',
    a: { alias: {} },
  };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('h', 'd', 'r', 'a'), fc.anything())), (given) => {
      const { meter, hub } = start({ redact, redactKey: 'pepper' });
      const counter = meter.createCounter('c');
      for (const [name, value] of given) counter.add(1, { [name]: value } as Attributes);
      const points = given.length === 0 ? [] : valuesOf(hub.collect(), 'c');
      for (const value of points.flatMap(([attributes]) => Object.values(attributes))) {
        assert.match(String(value), /^(?:REDACTED|_OTHER|[0-9a-f]{16})$/);
      }
      assert.equal(
        points.reduce((sum, [, count]) => sum + Number(count), 0),
        given.length,
      );
    }),
  );
});

test('a million secrets take no memory', () => {
  const { meter, hub } = start({ redact: { user: 'hash', session: 'drop' }, redactKey: 'pepper' });
  const counter = meter.createCounter('c');
  for (let n = 0; n < 50_000; n++) counter.add(1, { session: `session-${n}`, user: `user-${n % 5000}` });
  const before = heapUsed();
  for (let n = 0; n < 1_000_000; n++) counter.add(1, { session: `session-${n}`, user: `user-${n % 1000}` });
  const grown = heapUsed() - before;
  assert.ok(grown < 2 ** 20, `the heap has grown by ${grown} bytes`);
  const counts = valuesOf(hub.collect(), 'c');
  assert.equal(counts.length, 2000);
  assert.equal(
    counts.reduce((sum, [, count]) => sum + Number(count), 0),
    1_050_000,
  );
});

test('a secret that was dropped, replaced or hashed is in memory no more after two minutes', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const redact: Redactions = { dropped: 'drop', replaced: 'redact', hashed: 'hash', aliased: { alias: {} } };
  const { meter } = start({ redact, redactKey: 'pepper' });
  const counter = meter.createCounter('c');
  const secret = (name: string) => ['nobody', 'knows', name, String(process.pid)].join('-');
  // The last one may still be in a register.
  for (const name of ['kept', ...Object.keys(redact), 'last']) counter.add(1, { [name]: secret(name) });
  const remembered = async () => {
    let heap = '';
    for await (const chunk of getHeapSnapshot()) heap += chunk;
    return ['kept', ...Object.keys(redact)].filter((name) => heap.includes(secret(name)));
  };
  assert.deepEqual(await remembered(), ['kept', 'hashed']);
  t.mock.timers.tick(120_000);
  assert.deepEqual(await remembered(), ['kept']);
});
