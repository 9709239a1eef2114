import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { PARTS } from '../../src/cli/init/parts.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { inherited } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { MAIN, type Outcome, pitot } from './helpers/pitot.ts';

interface Report {
  readonly ok: boolean;
  readonly service: string;
  readonly port: number;
  readonly parts: readonly string[];
  readonly files: readonly { readonly path: string; readonly outcome: string }[];
  readonly next: readonly { readonly what: string; readonly command: string }[];
}

/** A project of its own, empty but for what is given. */
function project(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'pitot-init-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

function reportOf({ code, stdout, stderr }: Outcome): Report & { readonly code: number | null } {
  assert.equal(stderr, '');
  return { code, ...(JSON.parse(stdout) as Report) };
}

/** All files of a directory, by path. */
function contents(directory: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => {
        const file = join(entry.parentPath, entry.name);
        return [file.slice(directory.length + 1), readFileSync(file, 'utf8')];
      }),
  );
}

/** Jobs of a configuration of Prometheus. */
function jobsIn(text: string | undefined): readonly string[] {
  const { scrape_configs: jobs } = parse(text ?? '') as { scrape_configs: { job_name: string }[] };
  return jobs.map(({ job_name }) => job_name);
}

test('every part is written for the service and its port, and nothing of the example is left', async (t) => {
  const directory = project(t, { 'package.json': '{ "main": "lib/main.js" }' });
  const args = ['init', directory, '--service', 'shop-api', '--port', '9700', '--json'];
  const report = reportOf(await pitot(args));
  assert.deepEqual([report.code, report.ok, report.service, report.port], [0, true, 'shop-api', 9700]);
  assert.deepEqual(report.parts, PARTS);
  const { 'package.json': _, ...written } = contents(directory);
  assert.deepEqual(report.files.map(({ path }) => path).sort(), Object.keys(written).sort());
  assert.ok(report.files.every(({ outcome }) => outcome === 'written'));
  for (const [path, text] of Object.entries(written)) {
    assert.doesNotMatch(
      text,
      /workflow-service|\b9464\b|examples?\/|compose\.examples|pitot's own (repository|examples)/,
      path,
    );
    assert.doesNotMatch(path, /\.ts$|tests\//);
    if (/\.ya?ml$/.test(path)) {
      const faults = parseAllDocuments(text).flatMap((document) => document.errors);
      assert.deepEqual(faults, [], path);
    }
    if (path.endsWith('.json')) assert.doesNotThrow(() => JSON.parse(text), path);
    // Every file that the text refers to exists, in the project or in the package.
    for (const [, document = ''] of text.matchAll(
      /((?:node_modules\/pitot\/docs|docs|prometheus)\/[\w-]+\.md)/g,
    )) {
      const inPackage = document.replace('node_modules/pitot/', '');
      const found = document === inPackage ? join(directory, document) : inPackage;
      assert.ok(existsSync(found), `${path} refers to ${document}`);
    }
  }
  assert.match(written['instrumentation.mjs'] ?? '', / \|\| 'shop-api',\n.* \|\| 9700\),$/m);
  assert.ok(jobsIn(written['prometheus/prometheus.yml']).includes('shop-api'));
  assert.match(written['prometheus/prometheus.yml'] ?? '', /localhost:9700/);
  const { services } = parse(written['deploy/compose.yaml'] ?? '') as { services: Record<string, unknown> };
  assert.ok('shop-api' in services);
  assert.match(written['deploy/Dockerfile'] ?? '', /^ARG MAIN=lib\/main\.js$/m);
  assert.match(written['deploy/Dockerfile'] ?? '', /node --import \.\/instrumentation\.mjs/);
  for (const part of PARTS.filter((name) => name !== 'instrumentation')) {
    assert.ok(
      Object.keys(written).some((path) => path.startsWith(`${part}/`)),
      part,
    );
  }
});

test('only chosen parts are written, without references to the others', async (t) => {
  const directory = project(t, { 'package.json': '{ "name": "@acme/Shop_API", "main": "lib/main.js" }' });
  const report = reportOf(await pitot(['init', directory, '--parts', 'grafana,prometheus', '--json']));
  assert.deepEqual([report.service, report.parts], ['shop-api', ['prometheus', 'grafana']]);
  const written = contents(directory);
  assert.deepEqual([...new Set(Object.keys(written).map((path) => path.split('/')[0]))].sort(), [
    'grafana',
    'package.json',
    'prometheus',
  ]);
  assert.ok(!('prometheus/rules/collector.yml' in written));
  assert.ok(!('grafana/dashboards/pitot-otel-collector.json' in written));
  for (const name of ['prometheus.yml', 'file-sd.yml', 'kubernetes.yml']) {
    const text = written[`prometheus/${name}`];
    assert.deepEqual(
      jobsIn(text).filter((job) => /collector|alertmanager/.test(job)),
      [],
    );
    assert.ok(!('alerting' in (parse(text ?? '') as object)));
  }
  assert.match(written['prometheus/prometheus.yml'] ?? '', /# The service's own endpoint/);
});

test('the runbooks name only existing files', async (t) => {
  for (const parts of [PARTS.join(','), 'prometheus']) {
    const directory = project(t);
    reportOf(await pitot(['init', directory, '--parts', parts, '--json']));
    const text = contents(directory)['prometheus/alerts.md'] ?? '';
    const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, path = '']) => join('prometheus', path));
    const named = [...text.matchAll(/(?<![\w/])(?:prometheus|alertmanager)\/[\w*./-]+/g)].map(
      ([path]) => path,
    );
    assert.ok(links.length > 0);
    for (const path of [...links, ...named].filter((each) => !each.startsWith('node_modules/'))) {
      assert.ok(existsSync(join(directory, path)), `${parts}: ${path}`);
    }
  }
});

test('the service and its job keep capitals in their name; containers and objects have it in lower case', async (t) => {
  const directory = project(t);
  reportOf(await pitot(['init', directory, '--service', 'Shop.Orders_EU', '--json']));
  const written = contents(directory);
  const yaml = (path: string) => parseAllDocuments(written[path] ?? '').map((each) => each.toJS());
  const [compose] = yaml('deploy/compose.yaml');
  assert.equal(compose.name, 'shop-orders-eu');
  assert.ok('shop-orders-eu' in compose.services);
  const [scraping] = yaml('deploy/prometheus.yml');
  const [job] = scraping.scrape_configs;
  assert.deepEqual(
    [job.job_name, job.static_configs[0].targets],
    ['Shop.Orders_EU', ['shop-orders-eu:9464']],
  );
  assert.match(written['deploy/Dockerfile'] ?? '', /^ENV OTEL_SERVICE_NAME=Shop\.Orders_EU$/m);
  const [deployment] = yaml('deploy/kubernetes/base/deployment.yaml');
  assert.equal(deployment.metadata.name, 'shop-orders-eu');
  assert.equal(deployment.metadata.labels['app.kubernetes.io/name'], 'Shop.Orders_EU');
  assert.match(written['prometheus/rules/monitoring.yml'] ?? '', /job="Shop\.Orders_EU"/);
  for (const [path, text] of Object.entries(written)) {
    if (!path.startsWith('deploy/kubernetes/')) continue;
    for (const [, name = ''] of text.matchAll(/^ *name: ([^\n{]*)$/gm))
      assert.match(name, /^[a-z0-9-]+$/, path);
  }
});

test('environment variables take precedence over the values in instrumentation.mjs', async (t) => {
  const directory = project(t);
  reportOf(await pitot(['init', directory, '--service', 'shop', '--parts', 'instrumentation', '--json']));
  const file = join(directory, 'instrumentation.mjs');
  // pitot itself is not installed in the project: a function that shows its options takes its place.
  const shown = readFileSync(file, 'utf8').replace(
    /^import .*$/m,
    'const boot = (given) => console.log(JSON.stringify(given));',
  );
  writeFileSync(file, shown);
  const options = (env: NodeJS.ProcessEnv) =>
    JSON.parse(execFileSync(process.execPath, [file], { env, encoding: 'utf8' }));
  assert.deepEqual(options({}), { serviceName: 'shop', port: 9464 });
  const given = { OTEL_SERVICE_NAME: 'other', OTEL_EXPORTER_PROMETHEUS_PORT: '9999' };
  assert.deepEqual(options(given), { serviceName: 'other', port: 9999 });
});

test('different existing files are never overwritten without --force, and then no file is written', async (t) => {
  const directory = project(t, { 'prometheus/prometheus.yml': 'mine' });
  const before = contents(directory);
  const args = ['init', directory, '--service', 'shop', '--parts', 'instrumentation,prometheus'];
  const refused = await pitot(args);
  assert.equal(refused.code, 1);
  assert.match(refused.stdout, /^Nothing is written: .*\n {2}prometheus\/prometheus\.yml\n.*--force\.\n$/);
  assert.deepEqual(contents(directory), before);
  const asJson = reportOf(await pitot([...args, '--json']));
  assert.deepEqual([asJson.code, asJson.ok, asJson.next], [1, false, []]);
  assert.ok(asJson.files.every(({ outcome }) => outcome === 'refused'));

  const forced = reportOf(await pitot([...args, '--force', '--json']));
  assert.equal(forced.code, 0);
  const replaced = forced.files.filter(({ outcome }) => outcome === 'replaced').map(({ path }) => path);
  assert.deepEqual(replaced, ['prometheus/prometheus.yml']);
  assert.notEqual(contents(directory)['prometheus/prometheus.yml'], 'mine');

  const again = reportOf(await pitot([...args, '--json']));
  assert.equal(again.code, 0);
  assert.ok(again.files.every(({ outcome }) => outcome === 'unchanged'));
});

test('a path that cannot be read or written is named in one line with the reason', async (t) => {
  const directory = project(t, { 'a file': '', 'blocked/grafana': '', 'full/instrumentation.mjs/x': '' });
  mkdirSync(join(directory, 'broken'));
  symlinkSync('/nowhere/at-all', join(directory, 'broken/prometheus'));
  const cases: readonly [args: readonly string[], path: string, text: string][] = [
    [['a file/shop'], 'a file/shop/instrumentation.mjs', 'cannot be read: ENOTDIR'],
    [['blocked', '--parts', 'grafana'], 'blocked/grafana/', 'cannot be read: ENOTDIR'],
    [['full', '--force'], 'full/instrumentation.mjs', 'cannot be read: EISDIR'],
    [['broken', '--parts', 'prometheus'], 'broken/prometheus/', 'cannot be written: E'],
  ];
  const before = contents(directory);
  for (const [[name = '', ...args], path, text] of cases) {
    const { code, stdout, stderr } = await pitot(['init', join(directory, name), ...args]);
    assert.deepEqual([code, stdout], [1, ''], name);
    assert.ok(stderr.startsWith(`pitot: nothing is written: ${join(directory, path)}`), stderr);
    assert.ok(stderr.includes(text) && stderr.indexOf('\n') === stderr.length - 1, stderr);
  }
  assert.deepEqual(contents(directory), before);
});

test('files that were written before one that could not be are counted', async (t) => {
  const directory = project(t);
  symlinkSync('/nowhere/at-all', join(directory, 'prometheus'));
  const { code, stderr } = await pitot(['init', directory, '--parts', 'instrumentation,prometheus']);
  assert.equal(code, 1);
  assert.match(stderr, /^pitot: 1 of \d+ files are written: .*prometheus.* cannot be written: E.*\n$/);
  assert.deepEqual(Object.keys(contents(directory)), ['instrumentation.mjs']);
});

test('a dry run writes nothing and lists the files that it would write', async (t) => {
  const directory = project(t);
  const { code, stdout } = await pitot(['init', directory, '--parts', 'instrumentation', '--dry-run']);
  assert.equal(code, 0);
  assert.match(stdout, /^Nothing was changed in .*\n {2}to be written {2}instrumentation\.mjs$/m);
  assert.deepEqual(contents(directory), {});
});

test('the text names every file and the commands to run next', async (t) => {
  const directory = project(t, {
    'package.json': '{ "scripts": { "start": "node --enable-source-maps src/main.js" } }',
  });
  const { code, stdout } = await pitot([
    'init',
    directory,
    '--service',
    'shop',
    '--parts',
    'instrumentation,prometheus',
  ]);
  assert.equal(code, 0);
  assert.match(stdout, /^ {2}written {2}instrumentation\.mjs$/m);
  assert.match(stdout, /^ {2}npm install pitot$/m);
  assert.match(stdout, /^ {2}OTEL_SERVICE_NAME=shop OTEL_EXPORTER_PROMETHEUS_PORT=9464 npx pitot check$/m);
  assert.match(stdout, /^ {2}node --import \.\/instrumentation\.mjs src\/main\.js$/m);
  assert.match(stdout, /^ {2}prometheus --config\.file=prometheus\/prometheus\.yml/m);
});

test('the command that starts the service names an existing file', async (t) => {
  const directory = project(t, { 'package.json': '{ "main": "index.js" }', 'src/server.mjs': '' });
  const report = reportOf(await pitot(['init', directory, '--parts', 'instrumentation', '--json']));
  assert.equal(report.next.at(-1)?.command, 'node --import ./instrumentation.mjs src/server.mjs');
});

test('the commands install pitot with the package manager of the lock file, and name the lock file of the image', async (t) => {
  const commandsIn = async (files: Readonly<Record<string, string>>) => {
    const report = reportOf(await pitot(['init', project(t, files), '--json']));
    return report.next.map(({ command }) => command).filter((command) => /pitot$|lock/.test(command));
  };
  const lock = 'npm install --package-lock-only';
  const installed = { 'node_modules/pitot/package.json': '{ "name": "pitot" }' };
  assert.deepEqual(await commandsIn({}), ['npm install pitot']);
  assert.deepEqual(await commandsIn({ 'pnpm-lock.yaml': '' }), ['pnpm add pitot', lock]);
  assert.deepEqual(await commandsIn({ 'yarn.lock': '', ...installed }), [lock]);
  assert.deepEqual(await commandsIn(installed), [lock]);
  assert.deepEqual(await commandsIn({ 'package-lock.json': '{}', ...installed }), []);
});

test('a missing directory is created', async (t) => {
  const directory = join(project(t), 'services/shop');
  const report = reportOf(await pitot(['init', directory, '--parts', 'instrumentation', '--json']));
  assert.equal(report.service, 'shop');
  assert.ok(existsSync(join(directory, 'instrumentation.mjs')));
});

const MISUSES: readonly [args: string[], line: string][] = [
  [
    ['--service', 'Shop API'],
    "--service takes a name of letters, digits, dots, dashes and underscores, at most 63, not 'Shop API'",
  ],
  [['--port', '0'], "--port takes a number from 1 to 65535, not '0'"],
  [['--parts', 'prometheus,kibana'], `--parts takes ${PARTS.join(', ')}, not 'kibana'`],
  [
    ['--parts', 'deploy,prometheus'],
    'the part deploy runs all the others, and these are missing: instrumentation, otel-collector, alertmanager, grafana',
  ],
  [['more'], "Unexpected argument 'more'"],
];

for (const [args, line] of MISUSES) {
  test(`pitot init ${args.join(' ')} is an error with exit code 2, and nothing is written`, async (t) => {
    const directory = project(t);
    const outcome = await pitot(['init', directory, ...args]);
    assert.deepEqual(outcome, {
      code: 2,
      signal: null,
      stdout: '',
      stderr: `pitot: ${line}. See pitot init --help.\n`,
    });
    assert.deepEqual(contents(directory), {});
  });
}

test('at a terminal, missing choices are asked for, and asked again after an invalid answer', {
  skip: skipWithout('script'),
}, async (t) => {
  const directory = project(t, { 'package.json': '{ "name": "shop" }' });
  const line = `exec '${process.execPath}' '${MAIN}' init '${directory}' --parts instrumentation`;
  const child = spawn(program('script'), ['-qefc', line, '/dev/null'], {
    env: { ...inherited(), TERM: 'dumb' },
  });
  t.after(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const shows = (text: string) =>
    until(() => (output.includes(text) ? true : undefined), { what: text, instead: () => output });
  await shows('Name of the service [shop]: ');
  child.stdin.write('\n');
  await shows('Port of its metrics [9464]: ');
  child.stdin.write('many\n');
  await shows("not 'many'");
  child.stdin.write('9800\n');
  await shows('node --import ./instrumentation.mjs app.js');
  assert.doesNotMatch(output, /Parts, separated/);
  assert.match(contents(directory)['instrumentation.mjs'] ?? '', / \|\| 'shop',\n.* \|\| 9800\),$/m);
});
