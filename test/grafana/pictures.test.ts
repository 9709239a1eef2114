import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DASHBOARDS } from '../../grafana/dashboards.ts';
import { REPOSITORY } from '../harness/service.ts';
import type { Answers, Series } from './helpers/answers.ts';
import { panelsOf, readDashboards } from './helpers/dashboard-files.ts';
import { pictureOf } from './helpers/picture.ts';
import { PICTURED_JOBS } from './helpers/pictured.ts';

test('the docs show a picture of every dashboard', () => {
  const names = DASHBOARDS.map(({ uid }) => String(uid)).sort();
  assert.deepEqual(Object.keys(PICTURED_JOBS).sort(), names);
  const page = readFileSync(join(REPOSITORY, 'docs/dashboards.md'), 'utf8');
  const shown = Array.from(page.matchAll(/!\[.+\]\(images\/dashboards\/(.+)\.png\)/g), ([, name]) => name);
  assert.deepEqual(shown.sort(), names);
  for (const name of names) {
    assert.ok(existsSync(join(REPOSITORY, `docs/images/dashboards/${name}.png`)), name);
  }
});

const SERIES: Series = { name: 'a <series>', labels: { le: '1' }, values: [1, null, 0] };

for (const { dashboard } of readDashboards()) {
  test(`a picture of "${dashboard.title}" has every panel, with data and without`, () => {
    for (const found of [[], [SERIES]]) {
      const answers: Answers = {
        times: [0, 1000, 2000],
        byPanel: new Map(
          panelsOf(dashboard).map((panel) => [panel, panel.targets.map(() => found)] as const),
        ),
      };
      const html = pictureOf(dashboard, answers);
      assert.equal(html.match(/class="(panel|row)"/g)?.length, dashboard.panels.length);
      assert.doesNotMatch(html, /undefined|\[object|<series>/);
    }
  });
}
