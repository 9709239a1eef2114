import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Report } from '../../examples/model-api/traffic.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import type { Service } from '../harness/service.ts';
import { promtool } from '../prometheus-rules/helpers/promtool.ts';
import {
  compareRows,
  Example,
  emptyPanels,
  holding,
  TRAFFIC_TIMEOUT_MS,
  untilHolding,
} from './helpers/example.ts';

const modelApi = new Example('model-api');
const ROUNDS = 3;

describe('the model API', { skip: skipWithout('prometheus', 'promtool') }, () => {
  const lifetime = lifetimeOfSuite();
  let report: Report;
  /** Scrapes a service whose traffic has ended, on both of its ports. */
  let ended: Prometheus;
  let endedUrls: Urls;
  /** Scrapes one whose traffic goes on, and one without traffic of its own. */
  let live: Prometheus;
  let idle: Urls;

  interface Urls {
    readonly api: string;
    readonly operators: string;
  }

  before(async () => {
    const counted = await start({ TRAFFIC: '100', TRAFFIC_ROUNDS: String(ROUNDS) });
    const [, done = ''] = await counted.line(/^traffic done: (.*)$/, TRAFFIC_TIMEOUT_MS);
    report = JSON.parse(done);
    endedUrls = await urlsOf(counted);
    ended = await startPrometheus(lifetime, { scrapeConfigs: [target('model-api', endedUrls.api)] });
    const busy = await start({ TRAFFIC: '200' });
    const quiet = await start({ TRAFFIC: 'off' });
    idle = await urlsOf(quiet);
    live = await startPrometheus(lifetime, {
      // An application that computes answers its own route late.
      scrapeInterval: '3s',
      scrapeConfigs: [target('model-api', (await urlsOf(busy)).api), target('idle', idle.operators)],
    });
  });

  function start(env: Readonly<Record<string, string>>): Promise<Service> {
    return modelApi.start(lifetime, { PORT: '0', OPERATORS_PORT: '0', ...env });
  }

  async function urlsOf(service: Service): Promise<Urls> {
    const line = /^model-api listening on (.*), for operators on (.*)$/;
    const [, api = '', operators = ''] = await service.line(line, TRAFFIC_TIMEOUT_MS);
    return { api, operators };
  }

  function target(job_name: string, url: string) {
    return { job_name, static_configs: [{ targets: [new URL(url).host] }] };
  }

  test('has the numbers of its traffic in every row of its table', async () => {
    const { requests } = report;
    const all = Object.values(requests).reduce((total, count) => total + count, 0);
    await compareRows(ended, modelApi.rows(), {
      'Requests by route and status': requests,
      'Duration of requests': { '': all },
      'Requests in flight': { '': 0 },
      'Clients that left': { '': 0 },
      'Inference duration': { digits: ROUNDS * 6, words: ROUNDS * 2 },
      'Model-load duration': { 'digits success': 1, 'words success': 1 },
      'Models in memory': { '': 2 },
      Queue: { '': 0 },
      'Wait in the queue': { '': ROUNDS * 8 },
      'Inputs that were processed': { '': ROUNDS * 8 },
      'Event loop': { '': 1 },
      Memory: { '': 1 },
    });
  });

  test('serves the same metrics on both ports, as JSON too', async () => {
    for (const url of [endedUrls.api, endedUrls.operators]) {
      const text = await (await fetch(`${url}/metrics`)).text();
      assert.match(text, /^model_loaded\{.*\} 2$/m);
      const response = await fetch(`${url}/metrics.json`);
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/);
      assert.match(await response.text(), /model_loaded/);
    }
  });

  test('has data in every panel of its dashboard', async () => {
    assert.deepEqual(await emptyPanels(live, modelApi.dashboard()), []);
  });

  test('has alerts whose timing promtool confirms', () => {
    promtool('today', 'test', 'rules', '../examples/model-api/alerts.test.yml');
  });

  test('raises each alert in the failure that it is for, and none while it works', async () => {
    const alerts = modelApi.alerts();
    const load = (name: string) => fetch(`${idle.operators}/models/${name}/load`, { method: 'POST' });
    await untilHolding(live, alerts, 'idle', ['ModelApiLoadFailures'], () => load('damaged'));
    await load('digits');
    const inFlight = new Set<Promise<string>>();
    const infer = async () => {
      const body = JSON.stringify({ input: [1], passes: 10_000 });
      const response = await fetch(`${idle.api}/v1/models/digits/infer`, { method: 'POST', body });
      return response.text();
    };
    // As many as 100, so that the queue stays long for as long as it takes to be seen.
    const fill = async () => {
      while (inFlight.size < 100) {
        const one = infer();
        inFlight.add(one);
        void one.finally(() => inFlight.delete(one));
      }
      await pause(100);
    };
    const everything = ['ModelApiSlow', 'ModelApiQueue', 'ModelApiLoadFailures'];
    await untilHolding(live, alerts, 'idle', everything, fill);
    assert.deepEqual(await holding(live, alerts, 'model-api'), []);
    await Promise.all(inFlight);
  });
});
