import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXAMPLES } from '../../grafana/examples/examples.ts';
import { REPOSITORY } from '../harness/service.ts';
import { VERSIONS } from '../stack/versions.ts';
import { readDashboards } from './helpers/dashboard-files.ts';

const TYPES = join(import.meta.dirname, 'helpers/grafana-schema.ts');
const TSC = join(REPOSITORY, 'node_modules/typescript/bin/tsc');
const OPTIONS =
  '--ignoreConfig --noEmit --strict --skipLibCheck --pretty false --target es2024 --module nodenext ' +
  '--allowImportingTsExtensions';

/**
 * The compiler's findings in dashboards. It checks their texts as literals, and so reports names that the types lack,
 * too.
 */
function faultsOf(t: TestContext, texts: Readonly<Record<string, string>>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pitot-dashboards-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = Object.entries(texts).map(([name, text]) => {
    const file = join(folder, `${name}.ts`);
    const head = `import type { DashboardJson } from ${JSON.stringify(TYPES)};`;
    writeFileSync(file, `${head}\nexport const dashboard: DashboardJson = ${text};\n`);
    return file;
  });
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [TSC, ...OPTIONS.split(' '), ...files], (error, stdout, stderr) => {
      if (error !== null && stdout === '') reject(new Error(stderr || error.message));
      else resolve(stdout);
    });
  });
}

test('every dashboard has the types of the Grafana that the deployments run', async (t) => {
  const { version } = JSON.parse(
    readFileSync(join(REPOSITORY, 'node_modules/@grafana/schema/package.json'), 'utf8'),
  );
  assert.equal(version, VERSIONS.grafana);
  const texts = readDashboards().map(({ file, dashboard }) => [
    basename(file, '.json'),
    JSON.stringify(dashboard, undefined, 2),
  ]);
  for (const { name } of EXAMPLES)
    texts.push([name, readFileSync(join(REPOSITORY, `examples/${name}/dashboard.json`), 'utf8')]);
  assert.equal(await faultsOf(t, Object.fromEntries(texts)), '');
});

test('an option that Grafana does not know, or a value that it does not take, is found', async (t) => {
  const file = join(REPOSITORY, 'grafana/dashboards/pitot-service-overview.json');
  const text = readFileSync(file, 'utf8');
  const faults = await faultsOf(t, {
    option: text.replace('"cellHeight":', '"cellHigh":'),
    value: text.replace('"showPoints": "auto"', '"showPoints": "maybe"'),
  });
  assert.match(faults, /option\.ts.*'"cellHigh"' does not exist/);
  assert.match(faults, /value\.ts.*"maybe"/);
});
