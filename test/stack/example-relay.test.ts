import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, type Report } from '../../examples/relay/traffic.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import type { Service } from '../harness/service.ts';
import { type Authority, createAuthority } from '../hub/http/helpers/certificates.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import {
  compareRows,
  Example,
  emptyPanels,
  holding,
  TRAFFIC_TIMEOUT_MS,
  untilHolding,
} from './helpers/example.ts';

const relay = new Example('relay');
const LOGIN = 'prometheus:secret';
const BASIC_AUTH = { username: 'prometheus', password: 'secret' };

describe('the relay', { skip: skipWithout('prometheus', 'promtool', 'openssl') }, () => {
  const lifetime = lifetimeOfSuite();
  let report: Report;
  /** Scrapes a relay whose traffic has ended. */
  let ended: Prometheus;
  /** Scrapes one whose traffic goes on, and one without traffic of its own. */
  let live: Prometheus;
  let idleUrl: string;

  before(async () => {
    const counted = await relay.start(lifetime, { PORT: '0', TRAFFIC: '100', TRAFFIC_ROUNDS: '3' });
    const [, done = ''] = await counted.line(/^traffic done: (.*)$/, TRAFFIC_TIMEOUT_MS);
    report = JSON.parse(done);
    ended = await startPrometheus(lifetime, { scrapeConfigs: [scrapeConfig('relay', await urlOf(counted))] });
    const busy = await relay.start(lifetime, { PORT: '0', TRAFFIC: '200', METRICS_LOGIN: LOGIN });
    const idle = await relay.start(lifetime, { PORT: '0', TRAFFIC: 'off', TOKEN: 'idle' });
    idleUrl = await urlOf(idle);
    live = await startPrometheus(lifetime, {
      scrapeInterval: '1s',
      scrapeConfigs: [
        {
          ...scrapeConfig('relay', await urlOf(busy)),
          basic_auth: BASIC_AUTH,
        },
        scrapeConfig('idle', idleUrl),
      ],
    });
  });

  async function urlOf(service: Service): Promise<string> {
    const [, url = ''] = await service.line(/^relay listening on (.*)$/, TRAFFIC_TIMEOUT_MS);
    return url;
  }

  function scrapeConfig(job_name: string, url: string) {
    return {
      job_name,
      metrics_path: '/prometheus',
      static_configs: [{ targets: [new URL(url).host] }],
    };
  }

  test('has the numbers of its traffic in every row of its table', async () => {
    const { rounds, connections, sent, received, sessions, limited } = report;
    assert.equal(rounds, 3);
    const handled = sum(sent);
    await compareRows(ended, relay.rows(), {
      'Connections by status': connections,
      'Active connections': { '': 0 },
      'Duration of connections': { '': connections.accepted },
      'Messages in by type': sent,
      'Messages out by type': received,
      'Bytes in and out': { receive: 1, transmit: 1 },
      'Duration of messages': sent,
      'Sessions by tool and status': sessions,
      'Duration of session creation': byTool(sessions),
      'Active sessions': { text: 0, digest: 0 },
      'Session manager up or down': { up: 1, down: 0 },
      'Errors by type and severity': { 'error tool_unavailable': rounds, 'warn invalid_message': rounds },
      'Authentication attempts': {
        success: connections.accepted,
        'failure wrong_token': connections.rejected,
      },
      'Rate-limit violations': { allowed: handled - limited, limited },
      'Use of the limit': { '': handled },
      'Pending messages': { '': 0 },
      'Queue depth': { '': 0 },
      'Waiting in the queue': { '': sent.run ?? 0 },
      'Duration of requests': { '101': connections.accepted, '401': connections.rejected },
      Memory: { '': 1 },
      CPU: { '': 1 },
      Uptime: { '': 1 },
      "Metrics on the service's port": { '': 1 },
    });
  });

  test('answers old clients with JSON, and everybody who asks for its health and status', async () => {
    const ask = async (path: string) => {
      const response = await fetch(idleUrl + path);
      return { status: response.status, body: JSON.parse(await response.text()) };
    };
    assert.deepEqual(await ask('/health'), { status: 200, body: { status: 'ok' } });
    const { body: status } = await ask('/status');
    assert.equal(status.status, 'up');
    assert.equal(status.connections, 0);
    const { body: numbers } = await ask('/metrics');
    assert.deepEqual(Object.keys(numbers), ['connections', 'sessions', 'pending', 'queue', 'memory']);
  });

  test('serves Prometheus by HTTPS, with a login', async () => {
    const authority = createAuthority(lifetime);
    const { cert, key } = authority.issue('relay');
    const secure = await relay.start(lifetime, {
      PORT: '0',
      TRAFFIC: 'off',
      METRICS_LOGIN: LOGIN,
      TLS_CERT: cert,
      TLS_KEY: key,
    });
    const url = await urlOf(secure);
    assert.match(url, /^https:/);
    const prometheus = await startPrometheus(lifetime, {
      scrapeConfigs: [
        { ...scrapeConfig('with-login', url), ...tlsOf(authority), basic_auth: BASIC_AUTH },
        { ...scrapeConfig('without-login', url), ...tlsOf(authority) },
      ],
    });
    await prometheus.scraped('with-login');
    await prometheus.queryUntil('up{job="without-login"} == 0');
  });

  test('has data in every panel of its dashboard', async () => {
    assert.deepEqual(await emptyPanels(live, relay.dashboard()), []);
  });

  test('has alerts whose timing promtool confirms', () => {
    promtool('today', 'test', 'rules', '../examples/relay/alerts.test.yml');
  });

  test('raises each alert in the failure that it is for, and none while it works', async () => {
    const alerts = relay.alerts();
    assert.deepEqual(await holding(live, alerts, 'relay'), []);
    await untilHolding(live, alerts, 'idle', ['RelayWithoutConnections']);
    const client = new Client({ url: idleUrl.replace('http', 'ws'), token: 'idle' });
    assert.ok(await client.connect());
    await untilHolding(live, alerts, 'idle', []);
    const fail = async () => {
      await client.ask({ type: 'open', tool: 'offline' });
      await pause(500);
    };
    await untilHolding(live, alerts, 'idle', ['RelayErrors'], fail);
    const opened = await client.ask({ type: 'open', tool: 'fill' });
    assert.ok(opened.type === 'opened');
    for (let i = 0; i < 8; i++) {
      await client.ask({ type: 'run', session: opened.session, input: String(64 * 1024 * 1024) });
    }
    await untilHolding(live, alerts, 'idle', ['RelayErrors', 'RelayMemory'], fail);
    await client.close();
    assert.deepEqual(await holding(live, alerts, 'relay'), []);
  });
});

function tlsOf({ cert }: Authority) {
  return { scheme: 'https', tls_config: { ca_file: cert } };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** Without the outcome. */
function byTool(sessions: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(sessions).map(([key, count]) => [key.split(' ')[0] ?? '', count]));
}
