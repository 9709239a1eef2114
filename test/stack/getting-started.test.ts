import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePorts } from '../harness/free-port.ts';
import { Guide, runCommand } from '../harness/guide.ts';
import { packedTarball } from '../harness/packed-tarball.ts';
import { program, skipWithout } from '../harness/programs.ts';
import { until } from '../harness/until.ts';

const guide = new Guide('docs/getting-started.md');

test('getting started, to the letter, from an empty directory to queries', {
  skip: skipWithout('prometheus'),
  timeout: 240_000,
}, async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'pitot-getting-started-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const [app = 0, endpoint = 0, prometheus = 0] = await freePorts(3);
  const ofPitot = { 9464: String(endpoint) };
  const env = { OTEL_EXPORTER_PROMETHEUS_PORT: String(endpoint) };
  const install = 'npm install --no-audit --no-fund --prefer-offline';
  const start = (command: string) => runCommand(t, command, { cwd, env });
  const run = async (command: string) => {
    const ran = await start(`set -e\n${command}`);
    const { code } = await ran.ended(120_000);
    assert.equal(code, 0, ran.stdout + ran.stderr);
    return ran.stdout;
  };

  await run(
    guide.block('npm init -y', {
      'npm install pitot express': `${install} ${await packedTarball()} express@5.3.0`,
    }),
  );
  await writeFile(join(cwd, 'app.cjs'), guide.block('app.listen(3000', { 3000: String(app) }));
  const measured = await start(guide.block('OTEL_SERVICE_NAME=hello node'));
  const [line] = guide.block('pitot: hello', ofPitot).split('\n');
  assert.equal((await measured.line(/^pitot: /)).input, line);
  await measured.line(/^http:\/\/localhost:/);
  const looked = await run(
    guide.block('curl -s localhost:3000/hello/world', { 3000: String(app), ...ofPitot }),
  );
  const [shown = ''] = guide.block('http_server_request_duration_seconds_count{').split('…');
  assert.ok(looked.includes(shown), looked);
  await measured.kill();

  await run(
    guide.block('npm install @opentelemetry/api', {
      'npm install @opentelemetry/api': `${install} @opentelemetry/api@1.10.0`,
    }),
  );
  await appendFile(join(cwd, 'app.cjs'), guide.block("app.get('/hi'"));
  await run(guide.block('npx pitot init --service hello --port 9464 --parts', ofPitot));

  const [service = '', server = ''] = guide
    .block('node --import ./instrumentation.mjs app.cjs', {
      'prometheus --config': `${program('prometheus')} --web.listen-address=127.0.0.1:${prometheus} --config`,
    })
    .split('\n');
  const greeting = await start(service);
  await greeting.line(/^http:\/\/localhost:/);
  await greeting.endpoint();
  await (await fetch(`http://127.0.0.1:${app}/hi`)).text();
  const body = await (await fetch(`http://127.0.0.1:${endpoint}/metrics`)).text();
  assert.match(body, /^hello_greetings_total\{language="en",otel_scope_name="hello"\} 1$/m);

  await start(server);
  const query = guide.block('sum by (http_route)').replace('rate(', '(').replace('[1m]', '').trim();
  const url = `http://127.0.0.1:${prometheus}/api/v1/query?${new URLSearchParams({ query })}`;
  await until(
    async () => {
      const answer = await fetch(url).catch(() => undefined);
      if (answer?.status !== 200) return undefined;
      const { data } = (await answer.json()) as { readonly data: { readonly result: readonly unknown[] } };
      return data.result.length > 0 || undefined;
    },
    { what: 'requests by route', timeout: 60_000 },
  );
  await run(guide.block('npx pitot init --service hello --port 9464 --force', ofPitot));
});

// A test and not a hook: where failed tests run again, those that passed do not.
test('every block of code was run', () => {
  assert.deepEqual(guide.left, []);
});
