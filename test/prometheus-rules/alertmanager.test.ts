import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { program, RELEASES, type Release, released, skipWithout } from '../harness/programs.ts';
import { REPOSITORY } from '../harness/service.ts';

const FOLDER = join(REPOSITORY, 'alertmanager');
const FILE = 'alertmanager.yml';

/** Runs that release's amtool in the folder of the configuration. Returns its output; throws with it on failure. */
function runAmtool(release: Release, ...args: string[]): string {
  const command = program(released('amtool', release));
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: FOLDER, encoding: 'utf8' });
  assert.equal(status, 0, `amtool ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

/** As Alertmanager gives it to templates: an alert of these rules that fires, and one of a user's own that is over. */
const DATA = {
  status: 'firing',
  alerts: [
    {
      status: 'firing',
      labels: { alertname: 'HttpRouteFailing', severity: 'warning', job: 'shop' },
      annotations: {
        summary: 'Requests to /a&b of shop fail',
        description: '20% of the requests failed.',
        runbook_url: 'docs/alerts.md#httproutefailing',
      },
      startsAt: '2026-11-20T23:50:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      generatorURL: 'http://prometheus/graph',
    },
    {
      status: 'resolved',
      labels: { alertname: 'OfYourOwn', job: 'shop' },
      annotations: {},
      startsAt: '2026-11-20T23:50:00Z',
      endsAt: '2026-11-20T23:55:00Z',
      generatorURL: 'http://prometheus/graph',
    },
  ],
  commonLabels: { job: 'shop' },
  commonAnnotations: {},
  externalURL: 'http://alertmanager',
};

for (const release of RELEASES) {
  describe(`amtool, ${release === 'today' ? "today's" : 'the oldest'}`, {
    skip: skipWithout(released('amtool', release)),
  }, () => {
    const amtool = (...args: string[]) => runAmtool(release, ...args);

    test('accepts the configuration with its templates', () => {
      const found = amtool('check-config', FILE);
      assert.match(found, /SUCCESS/);
      assert.match(found, /2 receivers/);
      assert.match(found, /1 templates\s+SUCCESS/);
    });

    test('pages for critical alerts, and lets the rest wait', () => {
      const receiver = (...labels: string[]) =>
        amtool('config', 'routes', 'test', `--config.file=${FILE}`, 'job=shop', ...labels).trim();
      assert.equal(receiver('alertname=EventLoopStuck', 'severity=critical'), 'critical');
      assert.equal(receiver('alertname=EventLoopBusy', 'severity=warning'), 'team');
      assert.equal(receiver('alertname=OfYourOwn'), 'team');
    });

    test('writes messages that say all there is, of an alert without annotations too', (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'pitot-templates-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const data = join(folder, 'data.json');
      writeFileSync(data, JSON.stringify(DATA));
      const message = (name: string) =>
        amtool(
          ...['template', 'render', '--template.glob=templates/*.tmpl', `--template.data=${data}`],
          `--template.text={{ template "${name}" . }}`,
        );
      assert.equal(message('pitot.subject'), '[FIRING 1] shop: 2 alerts');
      assert.equal(
        message('pitot.text'),
        `FIRING HttpRouteFailing (warning)
Requests to /a&b of shop fail.
20% of the requests failed.
Since:   2026-11-20 23:50:00 UTC
Runbook: docs/alerts.md#httproutefailing
Query:   http://prometheus/graph

RESOLVED OfYourOwn
Since:   2026-11-20 23:50:00 UTC
Until:   2026-11-20 23:55:00 UTC
Query:   http://prometheus/graph

http://alertmanager
`,
      );
      assert.equal(
        message('pitot.telegram'),
        `<b>FIRING HttpRouteFailing</b>
Requests to /a&amp;b of shop fail.
20% of the requests failed.
<i>docs/alerts.md#httproutefailing</i>

<b>RESOLVED OfYourOwn</b>

`,
      );
    });
  });
}

test('no secret is in the configuration but the one that Alertmanager 0.25 reads from nowhere else', () => {
  const secrets = readFileSync(join(FOLDER, FILE), 'utf8').match(
    /^[^#\n]*\b(\w*(token|password|secret|credentials|key)): .*$/gm,
  );
  assert.deepEqual(
    secrets?.map((line) => line.trim()),
    ['- bot_token: 0000000000:put-the-token-of-your-bot-here'],
  );
});
