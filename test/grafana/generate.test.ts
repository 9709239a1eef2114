import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { labelOf, metric } from '../../grafana/metric.ts';
import { PRESENT, quantile, rate, share } from '../../grafana/query.ts';
import { REPOSITORY } from '../harness/service.ts';

test('the files of the dashboards are what the contracts make of them', () => {
  const { status, stderr } = spawnSync(process.execPath, ['grafana/generate.ts', '--check'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});

test('what no contract has ends the generator', () => {
  assert.throws(() => metric('http.server.duration'), /no contract has the metric http\.server\.duration/);
  const requests = metric('http.server.request.duration');
  assert.throws(() => labelOf(requests, 'http.target'), /has no attribute http\.target/);
  const runs = metric('workflow.run.finished');
  assert.throws(() => rate(runs, { where: { 'workflow.outcome': 'error' } }), /is never error/);
});

test('queries have the names that Prometheus has, of classic and of native histograms', () => {
  const requests = metric('http.server.request.duration');
  const name = 'http_server_request_duration_seconds';
  const chosen = 'job=~"$job", instance=~"$instance"';
  const count = (more = '') =>
    `rate(${name}_count{${chosen}${more}}[$__rate_interval]) or ` +
    `histogram_count(rate(${name}{${chosen}${more}}[$__rate_interval]))`;
  assert.deepEqual(rate(requests, { by: ['http.route'] }), {
    expr: `sum by (http_route) (${count()})`,
    legend: '{{http_route}}',
  });
  assert.deepEqual(quantile(0.95, requests), {
    expr:
      `histogram_quantile(0.95, sum(rate(${name}{${chosen}}[$__rate_interval]))) or ` +
      `histogram_quantile(0.95, sum by (le) (rate(${name}_bucket{${chosen}}[$__rate_interval])))`,
    legend: 'p95',
  });
  const all = `sum(${count()})`;
  const part = `sum(${count(', error_type!=""')})`;
  assert.equal(
    share(requests, { where: { 'error.type': PRESENT } }).expr,
    `(${part} or 0 * ${all}) / ${all}`,
  );
});
