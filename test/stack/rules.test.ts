import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { skipWithout } from '../harness/programs.ts';
import { withCustomBuckets } from '../prometheus-rules/helpers/nhcb.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import { PROMETHEUS_FOLDER, type RuleTests, ruleTests } from '../prometheus-rules/helpers/rule-files.ts';

const REQUESTS = 'http_server_request_duration_seconds';

describe('the oldest promtool accepts', { skip: skipWithout("debian's promtool") }, () => {
  test('the configurations, and with them the rules', () => {
    promtool('oldest', 'check', 'config', '--lint=all', '--lint-fatal', 'prometheus.yml', 'file-sd.yml');
  });

  test('what the unit tests expect of every rule', () => {
    promtool('oldest', 'test', 'rules', ...[...ruleTests().keys()].map((name) => `tests/${name}`));
  });
});

test("today's promtool accepts what the unit tests expect of objectives", {
  skip: skipWithout('promtool'),
}, () => {
  promtool('today', 'test', 'rules', 'tests/slo.yml');
});

describe('rules about requests hold', { skip: skipWithout('promtool') }, () => {
  /** Runs tests of rules that are in no file, whose rules are those of the repository. */
  function run(tests: RuleTests): void {
    const folder = mkdtempSync(join(tmpdir(), 'pitot-rules-'));
    try {
      const file = join(folder, 'tests.json');
      const rule_files = tests.rule_files.map((path) => join(PROMETHEUS_FOLDER, 'tests', path));
      writeFileSync(file, JSON.stringify({ ...tests, rule_files }));
      promtool('today', 'test', 'rules', file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  for (const name of ['http.yml', 'slo.yml']) {
    test(`as ${name} says, of classic histograms that are stored natively (NHCB)`, () => {
      const tests = ruleTests().get(name);
      assert.ok(tests !== undefined);
      const converted = withCustomBuckets(tests, REQUESTS);
      const series = converted.tests.flatMap(({ input_series = [] }) =>
        input_series.map((each) => each.series),
      );
      assert.ok(series.length > 0 && series.every((each) => each.startsWith(`${REQUESTS}{`)));
      // The one rule that only classic histograms have.
      const isClassic = ({ expr }: { expr: string }) => expr.includes('job_http_route_le:');
      run({
        ...converted,
        tests: converted.tests.map(({ promql_expr_test = [], ...rest }) => ({
          ...rest,
          promql_expr_test: promql_expr_test.filter((each) => !isClassic(each)),
        })),
      });
    });
  }

  // Half of the requests take up to 0.5 s, a quarter up to 1 s and a quarter up to 2 s: buckets 2^-2 to 2^1.
  const native = (job: string, labels: string, perMinute: number): { series: string; values: string } => {
    const histogram = (n: number) =>
      `{{schema:0 count:${4 * n} sum:${3 * n} offset:-1 buckets:[${2 * n} ${n} ${n}]}}`;
    return {
      series: `${REQUESTS}{job="${job}",${labels}}`,
      values: `${histogram(0)}+${histogram(perMinute)}x60`,
    };
  };
  const classic = (job: string, labels: string, perMinute: number) =>
    [
      [`_count{job="${job}",${labels}}`, 4],
      [`_sum{job="${job}",${labels}}`, 3],
      [`_bucket{job="${job}",${labels},le="0.5"}`, 2],
      [`_bucket{job="${job}",${labels},le="1"}`, 3],
      [`_bucket{job="${job}",${labels},le="+Inf"}`, 4],
    ].map(([series, share]) => ({
      series: `${REQUESTS}${series}`,
      values: `0+${Number(share) * perMinute}x60`,
    }));
  const expect = (expr: string, job: string, value: number, route = '') => ({
    expr: `round(${expr}{job="${job}"}, 0.001)`,
    eval_time: '30m',
    exp_samples: [{ labels: `{job="${job}"${route}}`, value }],
  });

  test('of exponential buckets, and of a service whose instances differ or whose series are both', () => {
    const route = 'http_route="/orders"';
    const error = `${route},error_type="500"`;
    run({
      rule_files: ['../rules/http.yml', '../rules/slo.yml'],
      evaluation_interval: '5m',
      group_eval_order: ['http', 'slo-objectives', 'slo-history', 'slo-availability', 'slo-latency'],
      tests: [
        {
          interval: '1m',
          input_series: [
            native('native', route, 30),
            native('native', error, 30),
            native('mixed', `${route},instance="a"`, 15),
            ...classic('mixed', `${route},instance="b"`, 15),
            native('both', route, 15),
            ...classic('both', route, 15),
          ],
          promql_expr_test: [
            expect('job:http_server_request_duration_seconds_count:rate5m', 'native', 4),
            expect('job:http_server_request_failures:rate5m', 'native', 2),
            expect(
              'job_http_route:http_server_request_duration_seconds:mean_rate5m',
              'native',
              0.75,
              `,${route}`,
            ),
            expect('job:http_server_request_duration_seconds:p50_rate5m', 'native', 0.5),
            expect('job:http_server_request_duration_seconds:p99_rate5m', 'native', 1.945),
            expect('job:http_server_request_slow:rate5m', 'native', 2),
            // The two instances have one request a second each. Half of them are slow.
            expect('job:http_server_request_duration_seconds_count:rate5m', 'mixed', 2),
            expect('job:http_server_request_slow:rate5m', 'mixed', 1),
            // The same requests in two forms count once.
            expect('job:http_server_request_duration_seconds_count:rate5m', 'both', 1),
            expect('job:http_server_request_slow:rate5m', 'both', 0.5),
          ],
        },
      ],
    });
  });
});
