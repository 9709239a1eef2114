import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiagLogLevel } from '@opentelemetry/api';
import { diag } from '../../../src/base/diag.ts';
import { aliases, auth, rateLimit, session } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const warnings: string[] = [];
const ignore = () => {};
const warn = (text: string) => void warnings.push(text);
diag.setLogger(
  { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
  { logLevel: DiagLogLevel.WARN },
);

const KEY = 'sk-live-7f31c2';

/** Calls a function as JavaScript may, without what the types say. */
function callAnyhow(call: unknown, ...args: unknown[]): unknown {
  assert.ok(typeof call === 'function');
  return Reflect.apply(call, undefined, args);
}

for (const [what, names] of [
  ['an object', { [KEY]: 'acme' }],
  ['a map', new Map([[KEY, 'acme']])],
  ['a function', (key: string) => (key === KEY ? 'acme' : undefined)],
] as const) {
  test(`${what} gives those it names their alias, and others none`, async () => {
    const collect = registerStockProvider();
    const clients = aliases(names);
    for (const key of [KEY, KEY, 'sk-live-000000', 'constructor', undefined, 5]) {
      auth.attempt({ method: 'api_key', client: clients(key) }, () => {});
    }
    const success = { 'auth.method': 'api_key', 'auth.outcome': 'success' };
    assert.deepEqual((await collect()).sums('auth.attempts'), [
      [{ ...success, 'auth.client': 'acme' }, 2],
      [success, 4],
    ]);
  });
}

for (const [name, call] of [
  ['auth.attempt', (client: unknown) => callAnyhow(auth.attempt, { method: 'api_key', client }, ignore)],
  ['rateLimit.decision', (client: unknown) => callAnyhow(rateLimit.decision, { name: 'a', client }, ignore)],
  ['session.creation', (client: unknown) => callAnyhow(session.creation, { kind: 'api', client }, ignore)],
  ['session.lifetime', (client: unknown) => callAnyhow(session.lifetime, { kind: 'api', client }, ignore)],
  [
    'rateLimit.limiter',
    (client: unknown) => rateLimit.limiter(JSON.parse(JSON.stringify({ name: 'a', client }))).allowed(),
  ],
] as const) {
  test(`${name} does not take an identity for an alias, whatever it is`, async () => {
    const collect = registerStockProvider();
    for (const client of [KEY, 5, { name: KEY }, [KEY], new String(KEY), Object.create(null)]) call(client);
    const collected = await collect();
    const attributes = [
      'auth.attempts',
      'rate_limit.decisions',
      'session.created',
      'session.active',
      'session.duration',
    ].flatMap((metric) => collected.sums(metric).map(([series]) => JSON.stringify(series)));
    assert.ok(attributes.length > 0);
    assert.deepEqual(
      attributes.filter((series) => series.includes(KEY) || series.includes('client')),
      [],
    );
    assert.ok(warnings.some((text) => text.includes('identity')));
    assert.ok(!warnings.some((text) => text.includes(KEY)));
  });
}

test('an alias does not show its identity or its name', () => {
  const alias = aliases({ [KEY]: 'acme' })(KEY);
  assert.equal(JSON.stringify(alias), '{}');
  assert.ok(!String(alias).includes(KEY));
});
