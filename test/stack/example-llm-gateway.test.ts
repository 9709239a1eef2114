import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import type { Service } from '../harness/service.ts';
import { folder } from '../hub/http/helpers/certificates.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import {
  compareRows,
  Example,
  emptyPanels,
  holding,
  TRAFFIC_TIMEOUT_MS,
  untilHolding,
} from './helpers/example.ts';

const gateway = new Example('llm-gateway');
const TOKEN = 'a-token-for-prometheus';

describe('the gateway to language models', { skip: skipWithout('prometheus', 'promtool') }, () => {
  const lifetime = lifetimeOfSuite();
  let ended: Prometheus;
  let live: Prometheus;
  let endpoint: URL;
  let failingUrl: string;

  before(async () => {
    const tokens = join(folder(lifetime), 'tokens');
    await writeFile(tokens, `${TOKEN}\n`, { mode: 0o600 });
    const counted = await start({
      TRAFFIC: '3600000',
      OBSERVE_EVERY: '200',
      VERSION: '1.2.3',
      PITOT_BEARER_TOKEN_FILE: tokens,
    });
    await counted.line(/^traffic: 9 requests, 0 unexpected answers$/, TRAFFIC_TIMEOUT_MS);
    endpoint = await counted.endpoint();
    ended = await startPrometheus(lifetime, {
      scrapeConfigs: [{ ...(await target('llm-gateway', counted)), authorization: { credentials: TOKEN } }],
    });
    const busy = await start({ TRAFFIC: '300', OBSERVE_EVERY: '200' });
    // Nothing listens where the provider should be.
    const failing = await start({ TRAFFIC: '300', UPSTREAM: 'http://127.0.0.1:9/v1' });
    [, failingUrl = ''] = await failing.line(/^llm-gateway listening on (.*)$/, TRAFFIC_TIMEOUT_MS);
    live = await startPrometheus(lifetime, {
      scrapeInterval: '1s',
      scrapeConfigs: [await target('llm-gateway', busy), await target('failing', failing)],
    });
    await live.scraped('llm-gateway');
  });

  function start(env: Readonly<Record<string, string>>): Promise<Service> {
    return gateway.start(lifetime, { PORT: '0', OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env });
  }

  async function target(job_name: string, service: Service) {
    return { job_name, static_configs: [{ targets: [(await service.endpoint()).host] }] };
  }

  test('has the numbers of its traffic in every row of its table', async () => {
    await compareRows(ended, gateway.rows(), {
      'Requests by model, status and API format': {
        'chat parrot-1 200': 2,
        'embeddings magpie-1 200': 1,
        'chat parrot-2 503': 1,
        'chat parrot-2 200': 2,
        'chat parrot-2 429': 1,
      },
      'Redacted keys': { '': 2 },
      'Prompt, completion and embedding tokens': {
        'parrot-1 input': 10,
        'parrot-1 output': 8,
        'parrot-2 input': 6,
        'parrot-2 output': 6,
        'magpie-1 input': 4,
      },
      Duration: { 'parrot-1': 2, 'parrot-2': 2, '503 parrot-2': 1, 'magpie-1': 1 },
      'Time to first token': { 'parrot-1': 1, 'parrot-2': 1 },
      'Why answers ended': { stop: 3, length: 1 },
      'Requests in flight': { '': 0 },
      'Attempts to use a key': { success: 7, 'failure no_key': 1, 'failure unknown_key': 1 },
      'Rate-limit rejections': { 'acme allowed': 4, allowed: 2, limited: 1 },
      'Use of limits': { acme: 2.5, '': 3 },
      'Active keys': { active: 2, revoked: 1 },
      'Models by type': { chat: 2, embeddings: 1 },
      'Answers by tenant': { acme: 3, others: 2 },
      'Durations in the database': { 'parrot-1': 2, 'parrot-2': 2, 'magpie-1': 1 },
      'Age of these numbers': { '': 4 },
      Build: { '1.2.3': 1 },
    });
  });

  test('its metrics need the bearer token, with and without a trailing slash', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    for (const url of [endpoint.href, `${endpoint.href}/`]) {
      assert.equal((await fetch(url)).status, 401);
      const answer = await fetch(url, { headers });
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /^llm_gateway_request_total\{/m);
    }
  });

  test('has data in every panel of its dashboard', async () => {
    assert.deepEqual(await emptyPanels(live, gateway.dashboard()), []);
  });

  test('has alerts whose timing promtool confirms', () => {
    promtool('today', 'test', 'rules', '../examples/llm-gateway/alerts.test.yml');
  });

  test('raises an alert when the provider fails or keys are guessed, and none while it works', async () => {
    const alerts = gateway.alerts();
    assert.deepEqual(await holding(live, alerts, 'llm-gateway'), []);
    await untilHolding(live, alerts, 'failing', ['GatewayProviderFails']);
    const guess = async () => {
      for (let i = 0; i < 20; i++) {
        const headers = { authorization: `Bearer sk-${i}` };
        await (await fetch(`${failingUrl}/v1/embeddings`, { method: 'POST', headers })).text();
      }
      await pause(100);
    };
    await untilHolding(live, alerts, 'failing', ['GatewayProviderFails', 'GatewayKeysGuessed'], guess);
    assert.deepEqual(await holding(live, alerts, 'llm-gateway'), []);
  });
});
