import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type DashboardFile, readDashboards } from '../grafana/helpers/dashboard-files.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';
import { emptyPanels } from './helpers/example.ts';

const SERVER = `
import http from 'node:http';
const server = http.createServer((_, response) => response.end('hello'));
server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
`;

/** The dashboards of every service. The others have the names of their subjects. */
const GENERAL = ['pitot-service-overview', 'pitot-node-runtime', 'pitot-itself'];

/** Statistics show it in place of a number. */
const DASH = '–';

/** The panels that a user sees at first and that do not say, when they are empty, what would fill them. */
function plain(dashboard: DashboardFile): DashboardFile {
  const panels = dashboard.panels.filter((panel) => {
    if (!('targets' in panel)) return false;
    const { noValue = DASH } = panel.fieldConfig.defaults;
    return noValue === DASH;
  });
  return { ...dashboard, panels };
}

describe('a service that only answers HTTP', { skip: skipWithout('prometheus') }, () => {
  const lifetime = lifetimeOfSuite();
  let prometheus: Prometheus;

  before(async () => {
    const service = await startService(lifetime, { args: ['--input-type=module', '--eval', SERVER] });
    const { host } = await service.endpoint();
    const [, port] = await service.line(/listening on (\d+)/);
    const requests = setInterval(() => {
      fetch(`http://127.0.0.1:${port}`)
        .then((response) => response.text())
        .catch(() => {});
    }, 200);
    lifetime.after(() => clearInterval(requests));
    prometheus = await startPrometheus(lifetime, {
      scrapeInterval: '1s',
      scrapeConfigs: [{ job_name: 'plain', static_configs: [{ targets: [host] }] }],
    });
    await prometheus.scraped('plain');
  });

  for (const { dashboard } of readDashboards().filter((each) => GENERAL.includes(each.dashboard.uid))) {
    test(`has data in "${dashboard.title}", or reads there what would fill the panel`, async () => {
      assert.deepEqual(await emptyPanels(prometheus, plain(dashboard)), []);
    });
  }
});
