import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { skipWithout } from '../harness/programs.ts';
import { documentedQueries, headings } from './helpers/documented-queries.ts';
import { promtool } from './helpers/promtool.ts';
import { allRules, ruleFiles, ruleTests } from './helpers/rule-files.ts';

describe('promtool accepts', { skip: skipWithout('promtool') }, () => {
  test('the configurations, and with them the rules', () => {
    promtool('today', 'check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yml', 'file-sd.yml');
  });

  // Those of slo.yml evaluate windows of three days, which takes ten seconds: test/stack/rules.test.ts runs them.
  test('what the unit tests expect of every rule, but for those of slo.yml', () => {
    const quick = [...ruleTests().keys()].filter((name) => name !== 'slo.yml');
    promtool('today', 'test', 'rules', ...quick.map((name) => `tests/${name}`));
  });
});

/** Its samples are histograms, which the oldest promtool cannot be given. test/stack/rules.test.ts tests it. */
const NATIVE_ONLY = 'job_http_route:http_server_request_duration_seconds:rate5m';

test('every rule has a unit test; of an alert one in which it fires and one in which it does not', () => {
  assert.deepEqual([...ruleTests().keys()], [...ruleFiles().keys()]);
  for (const [file, { groups }] of ruleFiles()) {
    const tests = ruleTests().get(file)?.tests ?? [];
    const queries = tests.flatMap(({ promql_expr_test = [] }) => promql_expr_test);
    const alerts = tests.flatMap(({ alert_rule_test = [] }) => alert_rule_test);
    for (const { record, alert } of groups.flatMap(({ rules }) => rules)) {
      if (record === NATIVE_ONLY) continue;
      if (record !== undefined) {
        const isThere = ({ expr, exp_samples }: (typeof queries)[number]) =>
          new RegExp(`(^|[^\\w:])${record}($|[^\\w:])`).test(expr) && exp_samples.length > 0;
        assert.ok(queries.some(isThere), `no test of ${record} in tests/${file}`);
      } else {
        const expected = alerts.filter(({ alertname }) => alertname === alert);
        assert.ok(
          expected.some(({ exp_alerts }) => exp_alerts.length > 0),
          `no test in which ${alert} fires in tests/${file}`,
        );
        assert.ok(
          expected.some(({ exp_alerts }) => exp_alerts.length === 0),
          `no test in which ${alert} does not fire in tests/${file}`,
        );
      }
    }
  }
});

test('recording rules are called level:metric:operations', () => {
  const records = allRules().flatMap(({ record }) => record ?? []);
  assert.equal(new Set(records).size, records.length);
  for (const record of records) assert.match(record, /^[a-z_]+:[a-z_]+:[a-z0-9_]+$/);
});

test('every alert has a severity, a text and a duration', () => {
  for (const { alert, for: pending, labels = {}, annotations = {} } of allRules()) {
    if (alert === undefined) continue;
    assert.ok(['critical', 'warning'].includes(labels.severity ?? ''), alert);
    assert.match(labels.concern ?? '', /^[a-z-]+$/, alert);
    assert.match(pending ?? '', /^\d+[sm]$/, alert);
    assert.match(annotations.summary ?? '', /[^.]$/, alert);
    assert.match(annotations.description ?? '', /\.$/, alert);
  }
});

test('every alert has a section of the runbook, and every section of it an alert, with queries to look further', () => {
  const alerts = allRules().flatMap(({ alert, annotations }) =>
    alert === undefined ? [] : [{ alert, runbook: annotations?.runbook_url }],
  );
  assert.deepEqual(headings('alerts.md', 3).toSorted(), alerts.map(({ alert }) => alert).toSorted());
  const withQueries = new Set(documentedQueries('alerts.md').map(({ heading }) => heading));
  for (const { alert, runbook } of alerts) {
    assert.equal(runbook, `docs/alerts.md#${alert.toLowerCase()}`);
    assert.ok(withQueries.has(alert), `the section of ${alert} has no query`);
  }
});
