import assert from 'node:assert/strict';
import { test } from 'node:test';
import { comparisons } from '../../docs/conformance/conventions.ts';
import { OWN_REASONS, REASONS } from '../../docs/conformance/differences.ts';
import { OPENMETRICS, OPENMETRICS_2 } from '../../docs/conformance/openmetrics.ts';
import { isRegistered } from '../../docs/conformance/package.ts';
import { REGISTRY } from '../../docs/conformance/registry.ts';
import { SPECIFICATION } from '../../docs/conformance/specification.ts';
import { OWN_CONTRACTS } from '../../src/reference/own.ts';
import { GOOD } from '../config/helpers/environments.ts';
import { titlesIn } from './helpers/titles.ts';

const rows = [...SPECIFICATION, OPENMETRICS, OPENMETRICS_2].flatMap((section) => section.rows);

test('every test that the page about conformance names is there', () => {
  const proofs = rows.flatMap((row) => ('proof' in row ? [row.proof] : []));
  assert.ok(proofs.length > 0);
  const absent = proofs.filter(({ file, title }) => !titlesIn(file).includes(title));
  assert.deepEqual(absent, []);
});

test('every environment variable that is proven by the examples of environments is in one that is read', () => {
  const variables = GOOD.flatMap(({ env }) => Object.keys(env));
  const claimed = rows.flatMap((row) =>
    'proof' in row && row.proof.file === 'config/config.test.ts' ? [row.feature] : [],
  );
  const absent = claimed.filter((claim) => {
    const prefix = claim.endsWith('*') ? claim.slice(0, -1) : undefined;
    return !variables.some((variable) =>
      prefix === undefined ? variable === claim : variable.startsWith(prefix),
    );
  });
  assert.ok(claimed.length > 0);
  assert.deepEqual(absent, []);
});

test('every difference from the registry has a reason, and every name of our own', () => {
  const unexplained = comparisons(OWN_CONTRACTS).flatMap(({ metric: { name }, remarks }) =>
    remarks.filter(({ reason }) => reason === undefined).map(({ difference }) => `${name}: ${difference}`),
  );
  assert.deepEqual(unexplained, []);
});

test('no reason is left of a difference that is gone', () => {
  const compared = comparisons(OWN_CONTRACTS);
  const unused = REASONS.filter(
    ({ metrics, differs }) =>
      !compared.some(
        ({ metric, remarks }) =>
          metric.name.startsWith(metrics) &&
          remarks.some(({ difference }) => difference.includes(`\`${differs}\``)),
      ),
  );
  assert.deepEqual(unused, []);
  const own = compared.filter(({ kind }) => kind === 'own').map(({ metric }) => metric.name);
  const unusedPrefixes = OWN_REASONS.filter(({ prefix }) => !own.some((name) => name.startsWith(prefix)));
  assert.deepEqual(unusedPrefixes, []);
});

test('the facts about the registry are of metrics that pitot has and that its newest version names', () => {
  const names = new Set(OWN_CONTRACTS.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  const stale = Object.keys(REGISTRY).filter((name) => !names.has(name) || !isRegistered(name));
  assert.deepEqual(stale, []);
});

test('a metric that the newest version of the registry names and has not deprecated is compared with it', () => {
  const uncompared = comparisons(OWN_CONTRACTS)
    .filter(
      ({ kind, remarks }) =>
        kind === 'own' && !remarks.some((one) => one.difference.startsWith('deprecated')),
    )
    .map(({ metric }) => metric.name)
    .filter(isRegistered);
  assert.deepEqual(uncompared, []);
});
