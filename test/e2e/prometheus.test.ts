import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { before, describe, test } from 'node:test';
import { runTraffic, type Traffic } from '../../examples/workflow-service/traffic.ts';
import type { TrafficReport } from '../../examples/workflow-service/traffic-report.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { type Service, startService } from '../harness/service.ts';

/** WebSocket connections that are open at the end. */
const OPEN = 3;

const SKIP = skipWithout('prometheus', 'promtool');

describe('a real Prometheus that scrapes the example answers what the traffic really did', {
  skip: SKIP,
}, () => {
  const lifetime = lifetimeOfSuite();
  let service: Service;
  let prometheus: Prometheus;
  let traffic: Traffic[];

  before(async () => {
    const token = 'a token';
    service = await startService(lifetime, {
      args: ['examples/workflow-service/main.ts'],
      env: { PORT: '0', TRAFFIC: 'off', ADMIN_TOKEN: token, OTEL_SERVICE_NAME: 'workflow-service' },
    });
    const [, url = ''] = await service.line(/^workflow-service listening on (.*)$/);
    const { host } = await service.endpoint();
    const scrapeConfigs = [{ job_name: 'example', static_configs: [{ targets: [host] }] }];
    prometheus = await startPrometheus(lifetime, { scrapeConfigs });
    // Rates need two points: every series is scraped once before most of the traffic.
    const first = await runTraffic({ url, token, rounds: 3 });
    await prometheus.scraped('example');
    traffic = [first, await runTraffic({ url, token, rounds: 9, leaveOpen: OPEN })];
    lifetime.after(async () => {
      for (const { close } of traffic) await close();
    });
    await prometheus.scraped('example');
  });

  /** The counts of both parts of the traffic, by the named labels; a label that is null is `''`. */
  function done<K extends keyof TrafficReport>(what: K, ...names: string[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { report } of traffic) {
      for (const { count, ...labels } of report[what].toJSON()) {
        const key = names
          .map((name) => Object.entries(labels).find(([label]) => label === name)?.[1] ?? '')
          .join(' ');
        counts[key] = (counts[key] ?? 0) + count;
      }
    }
    return counts;
  }

  /** The values of a query by the one label it groups by, or `''` where the series lacks it. */
  async function byLabels(promql: string, ...names: string[]): Promise<Record<string, number>> {
    const vector = await prometheus.query(promql);
    return Object.fromEntries(
      vector.map(({ labels, value }) => [names.map((name) => labels[name] ?? '').join(' '), value]),
    );
  }

  test('requests by method, route and status', async () => {
    const asked = Object.entries(done('requests', 'method', 'route', 'status'));
    // A middleware that ended a request early has no route of its own; its mount path may stand for it.
    const isRefused = ([labels]: [string, number]) => labels.endsWith(' 401');
    const metric = 'http_server_request_duration_seconds_count';
    assert.deepEqual(
      await byLabels(
        `sum by (http_request_method, http_route, http_response_status_code) (${metric}{http_response_status_code!="401"})`,
        'http_request_method',
        'http_route',
        'http_response_status_code',
      ),
      Object.fromEntries(asked.filter((entry) => !isRefused(entry))),
    );
    const refused = asked.filter(isRefused).reduce((sum, [, count]) => sum + count, 0);
    assert.deepEqual(await byLabels(`sum(${metric}{http_response_status_code="401"})`), { '': refused });
  });

  test('request rate and p95 by route, of every route that was asked', async () => {
    const routes = Object.keys(done('requests', 'route')).filter((route) => route !== '');
    const rates = await byLabels(
      'sum by (http_route) (rate(http_server_request_duration_seconds_count{http_route!=""}[1m]))',
      'http_route',
    );
    const p95 = await byLabels(
      'histogram_quantile(0.95, sum by (http_route, le) (http_server_request_duration_seconds_bucket{http_route!=""}))',
      'http_route',
    );
    for (const route of routes) {
      assert.ok((rates[route] ?? 0) > 0, `rate of ${route}: ${rates[route]}`);
      assert.ok((p95[route] ?? 0) > 0 && (p95[route] ?? 0) <= 10, `p95 of ${route}: ${p95[route]}`);
    }
  });

  test('WebSocket connections, messages and bytes', async () => {
    assert.deepEqual(await byLabels('sum(websocket_server_connection_active)'), { '': OPEN });
    assert.deepEqual(
      await byLabels(
        'sum by (websocket_outcome) (websocket_server_connection_attempts_total)',
        'websocket_outcome',
      ),
      done('connections', 'outcome'),
    );
    for (const [metric, counts] of [
      ['websocket_server_messages_total', 'messages'],
      ['websocket_server_io_bytes_total', 'bytes'],
    ] as const) {
      assert.deepEqual(
        await byLabels(
          `sum by (websocket_io_direction, websocket_message_type) (${metric})`,
          'websocket_io_direction',
          'websocket_message_type',
        ),
        done(counts, 'direction', 'type'),
      );
    }
  });

  test('database operations by collection and error, and their p95', async () => {
    assert.deepEqual(
      await byLabels(
        // The service makes its tables itself, before there is any traffic.
        'sum by (db_operation_name, db_collection_name, error_type) (db_client_operation_duration_seconds_count{db_collection_name!=""})',
        'db_operation_name',
        'db_collection_name',
        'error_type',
      ),
      done('operations', 'operation', 'collection', 'error'),
    );
    const [p95] = await prometheus.query(
      'histogram_quantile(0.95, sum by (le) (db_client_operation_duration_seconds_bucket))',
    );
    assert.ok(p95 !== undefined && p95.value > 0 && p95.value <= 10, String(p95?.value));
  });

  test('workflow runs by outcome, and all have ended', async () => {
    assert.deepEqual(
      await byLabels(
        'sum by (workflow_name, workflow_outcome) (workflow_run_finished_total)',
        'workflow_name',
        'workflow_outcome',
      ),
      done('runs', 'workflow', 'outcome'),
    );
    assert.deepEqual(await byLabels('sum(workflow_run_started_total)'), done('runs'));
    assert.deepEqual(await byLabels('sum(workflow_run_active)'), { '': 0 });
  });

  test('steps of workflows by type and outcome, and the definitions there are', async () => {
    assert.deepEqual(
      await byLabels(
        'sum by (workflow_name, workflow_step_type, workflow_outcome) (workflow_step_finished_total)',
        'workflow_name',
        'workflow_step_type',
        'workflow_outcome',
      ),
      done('steps', 'workflow', 'type', 'outcome'),
    );
    assert.deepEqual(
      await byLabels('sum by (workflow_name) (workflow_run_nodes_sum)', 'workflow_name'),
      done('nodes', 'workflow'),
    );
    assert.deepEqual(await byLabels('sum(workflow_definition_stored)'), { '': 3 });
  });

  test('attempts to authenticate by method, outcome and reason', async () => {
    assert.deepEqual(
      await byLabels(
        'sum by (auth_method, auth_outcome, error_type) (auth_attempts_total)',
        'auth_method',
        'auth_outcome',
        'error_type',
      ),
      done('attempts', 'method', 'outcome', 'error'),
    );
  });

  test('sessions by the alias of their owner, all ended, and the state of their manager', async () => {
    const sessions = done('sessions', 'team');
    for (const metric of [
      'session_created_total{session_outcome="success"}',
      'session_duration_seconds_count',
    ]) {
      assert.deepEqual(await byLabels(`sum by (session_client) (${metric})`, 'session_client'), sessions);
    }
    assert.deepEqual(await byLabels('sum(session_active)'), { '': 0 });
    assert.deepEqual(await byLabels('session_manager_status', 'session_manager_state'), {
      open: 1,
      draining: 0,
      closed: 0,
    });
  });

  test('decisions of the rate limit by outcome and alias, and what they found used', async () => {
    assert.deepEqual(
      await byLabels(
        'sum by (rate_limit_outcome, rate_limit_client) (rate_limit_decisions_total)',
        'rate_limit_outcome',
        'rate_limit_client',
      ),
      done('decisions', 'outcome', 'team'),
    );
    const { '': decisions = 0 } = done('decisions');
    // Each session asks four times of three.
    assert.deepEqual(await byLabels('sum(rate_limit_utilization_count)'), { '': decisions });
    const { '': used } = await byLabels('sum(rate_limit_utilization_sum)');
    assert.ok(Math.abs(Number(used) - (decisions / 4) * ((1 + 2 + 3 + 4) / 3)) < 1e-6, String(used));
    assert.deepEqual(
      await byLabels('sum(rate_limit_utilization_bucket{le="1.0"} or rate_limit_utilization_bucket{le="1"})'),
      {
        '': decisions * (3 / 4),
      },
    );
  });

  test('errors by type, severity and where they happened', async () => {
    assert.deepEqual(
      await byLabels(
        'sum by (error_type, application_error_severity, application_error_origin) (application_errors_total{application_error_origin=~"http|workflow"})',
        'error_type',
        'application_error_severity',
        'application_error_origin',
      ),
      done('errors', 'type', 'severity', 'origin'),
    );
  });

  test('the model: operations by error, tokens, chunks, and why answers ended', async () => {
    const model = '{gen_ai_request_model="parrot-1",gen_ai_provider_name="workflow_service"}';
    assert.deepEqual(
      await byLabels(
        `sum by (error_type) (gen_ai_client_operation_duration_seconds_count${model})`,
        'error_type',
      ),
      done('modelCalls', 'error'),
    );
    assert.deepEqual(
      await byLabels(
        `sum by (gen_ai_token_type) (gen_ai_client_token_usage_sum${model})`,
        'gen_ai_token_type',
      ),
      done('tokens', 'type'),
    );
    assert.deepEqual(
      await byLabels(`sum by (llm_finish_reason) (llm_responses_total${model})`, 'llm_finish_reason'),
      done('responses', 'finish'),
    );
    const { '': answers = 0 } = done('responses');
    const { '': chunks = 0 } = done('chunks');
    assert.deepEqual(
      await byLabels(`sum(gen_ai_client_operation_time_to_first_chunk_seconds_count${model})`),
      { '': answers },
    );
    assert.deepEqual(
      await byLabels(`sum(gen_ai_client_operation_time_per_output_chunk_seconds_count${model})`),
      { '': chunks - answers },
    );
    assert.deepEqual(await byLabels('sum(llm_operation_active)'), { '': 0 });
    const [p95] = await prometheus.query(
      'histogram_quantile(0.95, sum by (le) (gen_ai_client_operation_time_to_first_chunk_seconds_bucket))',
    );
    assert.ok(p95 !== undefined && p95.value > 0 && p95.value <= 10, String(p95?.value));
  });

  test('the processing of every WebSocket message that came in, and what waits to be sent', async () => {
    const received = Object.entries(done('messages', 'direction', 'type'))
      .filter(([labels]) => labels.startsWith('receive '))
      .map(([labels, count]) => [labels.slice('receive '.length), count]);
    assert.deepEqual(
      await byLabels(
        'sum by (websocket_message_type) (websocket_server_process_duration_seconds_count)',
        'websocket_message_type',
      ),
      Object.fromEntries(received),
    );
    assert.deepEqual(await byLabels('sum(websocket_server_buffered_bytes)'), { '': 0 });
  });

  test('CPU and memory of the process, and who it is', async () => {
    const [cpu] = await prometheus.query('sum(process_cpu_time_seconds_total)');
    assert.ok(cpu !== undefined && cpu.value > 0 && cpu.value < 60, String(cpu?.value));
    const [memory] = await prometheus.query('process_memory_usage_bytes');
    assert.ok(memory !== undefined && memory.value > 20e6 && memory.value < 2e9, String(memory?.value));
    const [target] = await prometheus.query('target_info');
    assert.equal(target?.labels.service_name, 'workflow-service');
    assert.equal(target?.labels.process_pid, String(service.pid));
  });

  test('promtool check metrics accepts the whole output, but for names that the semantic conventions give', async () => {
    const input = await (await fetch(await service.endpoint())).text();
    const { stdout, stderr, status } = spawnSync(program('promtool'), ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    const lint = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    // promtool would keep `_count` for histograms; `process.thread.count` and its like are gauges.
    const conventional =
      /^(process_thread|process_unix_file_descriptor|system_cpu_logical)_count .*"_count" suffix/;
    assert.deepEqual(
      lint.filter((line) => !conventional.test(line)),
      [],
    );
    // 1 would be output that cannot be parsed; 3 is lint.
    assert.equal(status, lint.length === 0 ? 0 : 3);
  });
});
