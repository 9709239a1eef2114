import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Alertmanager, startAlertmanager } from '../harness/alertmanager.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import type { WebhookNotification } from '../harness/notifications.ts';
import { RELEASES, released, skipWithout } from '../harness/programs.ts';
import { startPrometheus } from '../harness/prometheus.ts';
import { startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { PROMETHEUS_FOLDER } from '../prometheus-rules/helpers/rule-files.ts';

/**
 * How long something must have been wrong here, in place of the minutes that the rules say. Prometheus looks for its
 * targets only some seconds after its start, during which nothing shall be missing. Critical alerts, which wait for two
 * minutes, fire before the warnings that they suppress, as they do with the rules as delivered.
 */
const FOR_CRITICAL = '15s';
const FOR_WARNING = '25s';

/** In place of the subqueries that count history in minutes: a second counts as one of those. */
const HISTORY = '[1h:1s]';

/** Longer than EventLoopStuck waits. */
const STUCK_MS = 20_000;

const STICKING = `
  import { createServer } from 'node:http';
  const server = createServer((request, response) => {
    const end = Date.now() + (request.url === '/stick' ? ${STUCK_MS} : 0);
    while (Date.now() < end);
    response.end();
  });
  server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
`;

for (const release of RELEASES) {
  describe(`with the rules and the configuration as delivered, in ${release === 'today' ? "today's" : 'the oldest'} Prometheus and Alertmanager`, {
    skip: skipWithout(released('prometheus', release), released('alertmanager', release)),
  }, () => {
    const lifetime = lifetimeOfSuite();
    let alertmanager: Alertmanager;
    let failingUrl: string;
    let stickingUrl: string;

    before(async () => {
      const failing = await startService(lifetime, {
        args: ['examples/workflow-service/main.ts'],
        env: { PORT: '0', TRAFFIC: 'off', OTEL_SERVICE_NAME: 'workflow-service' },
      });
      const sticking = await startService(lifetime, { args: ['--input-type=module', '--eval', STICKING] });
      [, failingUrl = ''] = await failing.line(/^workflow-service listening on (.*)$/);
      [stickingUrl] = await sticking.line(/^http:.*:\d+$/);
      alertmanager = await startAlertmanager(lifetime, release);
      await startPrometheus(lifetime, {
        release,
        scrapeInterval: '1s',
        scrapeConfigs: [
          await scrapeConfig('workflow-service', await failing.endpoint()),
          await scrapeConfig('sticking-service', await sticking.endpoint()),
        ],
        config: {
          rule_files: [join(await impatientRules(), '*.yml')],
          alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager.address] }] }] },
        },
      });
    });

    async function scrapeConfig(job_name: string, { host }: URL) {
      return { job_name, static_configs: [{ targets: [host] }] };
    }

    /** A copy of the rules with a shorter `for` of each alert, in which a service has a long history after a minute or two. */
    async function impatientRules(): Promise<string> {
      const folder = await mkdtemp(join(tmpdir(), 'pitot-rules-'));
      lifetime.after(() => rm(folder, { recursive: true }));
      await cp(join(PROMETHEUS_FOLDER, 'rules'), folder, { recursive: true });
      for (const name of await readdir(folder)) {
        const rules = await readFile(join(folder, name), 'utf8');
        await writeFile(
          join(folder, name),
          rules
            .replaceAll(/ for: 2m$/gm, ` for: ${FOR_CRITICAL}`)
            .replaceAll(/ for: [1-9]\d*m$/gm, ` for: ${FOR_WARNING}`)
            .replaceAll(/\[\d[hd]:\w+\]/g, HISTORY),
        );
      }
      return folder;
    }

    /** The webhook's notifications of a job's alerts, up to the first one with that status. */
    async function webhooks(job: string, status: WebhookNotification['status'], meanwhile = () => pause(50)) {
      const ofJob = () => alertmanager.webhooks.filter(({ groupLabels }) => groupLabels.job === job);
      await until(
        async () => {
          if (ofJob().some((notification) => notification.status === status)) return true;
          await meanwhile();
          return undefined;
        },
        {
          what: `a webhook that ${job} is ${status}`,
          timeout: 90_000,
          instead: async () =>
            JSON.stringify([alertmanager.webhooks, await alertmanager.alerts()], undefined, 2),
        },
      );
      return ofJob();
    }

    test('failing requests page once, by every receiver, and their consequences notify no one', async () => {
      // One request of two fails; the objective allows one of a thousand.
      const notifications = await webhooks('workflow-service', 'firing', async () => {
        for (const path of ['/workflows', '/orgs/acme/export']) await (await fetch(failingUrl + path)).text();
      });
      assert.deepEqual(
        notifications.map(({ receiver, alerts }) => [receiver, alerts.length]),
        [['critical', 1]],
      );
      const [alert] = notifications[0]?.alerts ?? [];
      assert.deepEqual(alert?.labels, {
        alertname: 'HttpErrorBudgetBurnsFast',
        concern: 'errors',
        job: 'workflow-service',
        severity: 'critical',
      });
      const { description = '', ...annotations } = alert?.annotations ?? {};
      assert.deepEqual(annotations, {
        summary: 'Many requests to workflow-service fail',
        runbook_url: 'docs/alerts.md#httperrorbudgetburnsfast',
      });
      assert.match(
        description,
        /^Requests fail at [45]\d\d(\.\d)? times the rate that the objective allows\./,
      );

      // Those follow from it: one route fails, and the budget burns slowly as well.
      await until(
        async () => {
          const suppressed = (await alertmanager.alerts()).filter(
            ({ status }) => status.state === 'suppressed',
          );
          const names = new Set(suppressed.map(({ labels }) => labels.alertname));
          return names.has('HttpRouteFailing') && names.has('HttpErrorBudgetBurnsSlowly') ? names : undefined;
        },
        {
          what: 'alerts that are suppressed',
          instead: async () => JSON.stringify(await alertmanager.alerts()),
        },
      );

      const [telegram] = await some(alertmanager.telegrams);
      assert.equal(telegram?.parse_mode, 'HTML');
      assert.match(
        telegram?.text ?? '',
        /^<b>FIRING HttpErrorBudgetBurnsFast<\/b>\nMany requests to workflow-service fail\.\n/,
      );
      const [mail] = await some(alertmanager.mails);
      assert.match(mail ?? '', /^To: on-call@example\.org$/m);
      assert.match(
        mail ?? '',
        /^Subject: \[FIRING 1\] workflow-service: Many requests to workflow-service fail$/m,
      );
      assert.match(mail ?? '', /^Runbook: docs\/alerts\.md#httperrorbudgetburnsfast$/m);
    });

    test('a stuck event loop pages while it is stuck, and resolves when it turns again', async () => {
      const answered = fetch(`${stickingUrl}/stick`);
      const firing = await webhooks('sticking-service', 'firing');
      assert.deepEqual(
        firing.flatMap(({ alerts }) => alerts.map(({ labels }) => labels.alertname)),
        ['EventLoopStuck'],
      );
      assert.equal((await answered).status, 200);
      const all = await webhooks('sticking-service', 'resolved');
      assert.deepEqual(
        all.flatMap(({ alerts }) => alerts.map(({ labels, status }) => [labels.alertname, status])),
        [
          ['EventLoopStuck', 'firing'],
          ['EventLoopStuck', 'resolved'],
        ],
      );
    });

    function some<T>(list: readonly T[]): Promise<readonly T[]> {
      return until(() => (list.length > 0 ? list : undefined), { what: 'a notification' });
    }
  });
}
