import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aliases, rateLimit } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const REQUESTS = { 'rate_limit.limiter.name': 'requests' };
const outcome = (name: string) => ({ ...REQUESTS, 'rate_limit.outcome': name });

test('decisions are counted by limiter and outcome, with the use they found', async () => {
  const collect = registerStockProvider();
  const decide = (used: number) =>
    rateLimit.decision({ name: 'requests' }, async (decision) => {
      decision.use(used, 4);
      if (used > 4) decision.limit();
      return used <= 4;
    });
  const decisions = [];
  for (let used = 1; used <= 6; used++) decisions.push(await decide(used));
  assert.deepEqual(decisions, [true, true, true, true, false, false]);
  const broken = rateLimit.decision({ name: 'requests' }, async (decision) => {
    decision.limit();
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' });
  });
  await assert.rejects(broken, { code: 'ECONNRESET' });

  const collected = await collect();
  const expected = [
    [outcome('allowed'), 4],
    [outcome('limited'), 2],
    [{ ...outcome('error'), 'error.type': 'ECONNRESET' }, 1],
  ];
  assert.deepEqual(collected.sums('rate_limit.decisions'), expected);
  assert.deepEqual(collected.counts('rate_limit.decision.duration'), expected);
  assert.deepEqual(collected.histograms('rate_limit.utilization'), [
    [REQUESTS, { count: 6, sum: (1 + 2 + 3 + 4 + 5 + 6) / 4 }],
  ]);
  assert.equal(collected.metric('rate_limit.utilization').descriptor.unit, '1');
});

test('the bound form counts the same', async () => {
  const collect = registerStockProvider();
  const clients = aliases({ k1: 'acme' });
  const requests = rateLimit.limiter({ name: 'requests' });
  const acme = rateLimit.limiter({ name: 'requests', client: clients('k1') });
  for (let used = 1; used <= 3; used++) requests.allowed(used, 2);
  requests.limited(5, 2);
  requests.limited();
  acme.allowed(1, 10);
  const collected = await collect();
  const client = { 'rate_limit.client': 'acme' };
  assert.deepEqual(collected.sums('rate_limit.decisions'), [
    [outcome('allowed'), 3],
    [outcome('limited'), 2],
    [{ ...outcome('allowed'), ...client }, 1],
  ]);
  assert.deepEqual(collected.histograms('rate_limit.utilization'), [
    [REQUESTS, { count: 4, sum: (1 + 2 + 3 + 5) / 2 }],
    [
      { ...REQUESTS, ...client },
      { count: 1, sum: 0.1 },
    ],
  ]);
});

test('a bound form outlives its meter provider', async () => {
  registerStockProvider();
  const requests = rateLimit.limiter({ name: 'requests' });
  requests.allowed();
  const collect = registerStockProvider();
  requests.allowed();
  requests.allowed();
  assert.deepEqual((await collect()).sums('rate_limit.decisions'), [[outcome('allowed'), 2]]);
});

test('a use that is not a ratio is left out, and the decision still counts', async () => {
  const collect = registerStockProvider();
  const requests = rateLimit.limiter({ name: 'requests' });
  for (const limit of [0, -1, Number.NaN, undefined]) requests.allowed(1, limit);
  for (const used of [-1, Number.NaN, Number.POSITIVE_INFINITY]) requests.allowed(used, 10);
  rateLimit.decision({ name: 'requests' }, (decision) => decision.use(1, 0));
  const collected = await collect();
  assert.deepEqual(collected.sums('rate_limit.decisions'), [[outcome('allowed'), 8]]);
  assert.deepEqual(collected.histograms('rate_limit.utilization'), []);
});
