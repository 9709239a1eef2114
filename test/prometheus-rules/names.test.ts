import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaredSeries } from './helpers/declared-series.ts';
import { documentedQueries } from './helpers/documented-queries.ts';
import { parseExpression } from './helpers/promql.ts';
import { allRules, ruleTests } from './helpers/rule-files.ts';

const series = declaredSeries();

/** The names in an expression that no contract and no rule declares. */
function undeclared(promql: string): string[] {
  const { selectors, groupings } = parseExpression(promql);
  const has = (metric: string, label: string) => series.get(metric)?.has(label) === true;
  return [
    ...selectors.filter(({ metric }) => !series.has(metric)).map(({ metric }) => `the metric ${metric}`),
    ...selectors.flatMap(({ metric, labels }) =>
      labels.filter((label) => !has(metric, label)).map((label) => `the label ${label} of ${metric}`),
    ),
    ...groupings.flatMap(({ labels, among }) =>
      labels
        .filter((label) => !among.some(({ metric }) => has(metric, label)))
        .map((label) => `the label ${label} of any of ${among.map(({ metric }) => metric).join(', ')}`),
    ),
  ];
}

test('rules ask for metrics and labels that a contract or a recording rule declares, and for nothing else', () => {
  for (const { record, alert, expr } of allRules()) assert.deepEqual(undeclared(expr), [], alert ?? record);
});

test('so do the queries of the documents', () => {
  for (const document of ['queries.md', 'alerts.md']) {
    const queries = documentedQueries(document);
    assert.ok(queries.length > 10, `${document} has ${queries.length} queries`);
    for (const { heading, promql } of queries) assert.deepEqual(undeclared(promql), [], heading);
  }
});

test('so do the series that unit tests of rules are made with, so that a test cannot be right about a wrong name', () => {
  for (const [file, { tests }] of ruleTests()) {
    const inputs = tests.flatMap(({ input_series = [] }) => input_series.map((input) => input.series));
    for (const input of inputs) assert.deepEqual(undeclared(input), [], file);
  }
});

test('an undeclared name or label is found, wherever it is in an expression', () => {
  const metric = 'http_server_request_duration_seconds_count';
  assert.deepEqual(undeclared('rate(http_requests_total[5m]) > 0'), ['the metric http_requests_total']);
  assert.deepEqual(undeclared(`${metric}{route="/"}`), [`the label route of ${metric}`]);
  assert.deepEqual(undeclared(`1 + sum by (job, path) (${metric})`), [`the label path of any of ${metric}`]);
  assert.deepEqual(undeclared(`sum(${metric}) / on (pod) group_left () up`), [
    `the label pod of any of ${metric}, up`,
  ]);
  assert.throws(() => undeclared(`sum by (job (${metric})`), /not PromQL/);
});
