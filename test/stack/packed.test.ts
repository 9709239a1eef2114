import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { build } from 'esbuild';
import { anchorsIn, isUrl, linksIn } from '../../build/links.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { installPacked, ORIGIN } from '../harness/packed-tarball.ts';
import { value } from '../harness/samples.ts';
import { REPOSITORY, startService } from '../harness/service.ts';

const MODULE_APP = `
import express from 'express';
import { metrics } from '@opentelemetry/api';
import { websocket, database, workflow } from 'pitot/instruments';
import { boot, getMeter } from 'pitot';
if (![websocket, database, workflow, boot, getMeter].every(Boolean)) throw new Error('an export is missing');
`;

const COMMONJS_APP = `
const express = require('express');
const { metrics } = require('@opentelemetry/api');
`;

const REST = `
const orders = metrics.getMeter('shop').createCounter('orders', { unit: '{order}' });
const app = express();
app.get('/orders/:id', (request, response) => {
  orders.add(2, { kind: 'test' });
  response.json({ id: request.params.id });
});
const server = app.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
`;

describe('the packed tarball in an empty directory', { timeout: 180_000 }, () => {
  const lifetime = lifetimeOfSuite();
  let folder: string;
  before(async () => {
    folder = await installPacked(lifetime, ['express@5.3.0']);
    await writeFile(join(folder, 'app.mjs'), MODULE_APP + REST);
    await writeFile(join(folder, 'app.cjs'), COMMONJS_APP + REST);
  });

  for (const [option, app] of [
    ['--import', 'app.mjs'],
    ['--import', 'app.cjs'],
    ['--require', 'app.mjs'],
    ['--require', 'app.cjs'],
  ] as const) {
    test(`measures ${app} through node ${option} pitot/instrumentation`, async (t) => {
      const service = await startService(t, {
        nodeArgs: [option, 'pitot/instrumentation'],
        args: [app],
        cwd: folder,
        env: { OTEL_SERVICE_NAME: 'shop' },
      });
      const [, port] = await service.line(/^listening on (\d+)$/);
      for (const id of [1, 2, 3]) await fetch(`http://127.0.0.1:${port}/orders/${id}`);
      const { samples } = await service.scrape();
      assert.equal(value(samples, 'orders_total', { kind: 'test' }), 6);
      const route = {
        http_route: '/orders/:id',
        http_request_method: 'GET',
        http_response_status_code: '200',
      };
      assert.equal(value(samples, 'http_server_request_duration_seconds_count', route), 3);
    });
  }

  test('an application in a bundle is measured, with pitot in the bundle and without', async (t) => {
    const options = {
      absWorkingDir: folder,
      stdin: {
        contents: "import { boot } from 'pitot'; boot(); setTimeout(() => {}, 60_000);",
        resolveDir: folder,
      },
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    } as const;
    await build({ ...options, format: 'cjs', external: ['pitot'], outfile: join(folder, 'outside.cjs') });
    const outside = await startService(t, { nodeArgs: [], args: ['outside.cjs'], cwd: folder });
    await outside.endpoint();
    await build({ ...options, format: 'cjs', outfile: join(folder, 'inside.cjs') });
    const inside = await startService(t, { nodeArgs: [], args: ['inside.cjs'], cwd: folder });
    await inside.endpoint();
  });

  test('brings one copy of the OpenTelemetry API and nothing else of OpenTelemetry', async () => {
    const { packages }: { packages: Record<string, { version: string }> } = JSON.parse(
      await readFile(join(folder, 'package-lock.json'), 'utf8'),
    );
    const copies = Object.keys(packages).filter((path) => /node_modules\/.*node_modules\//.test(path));
    assert.deepEqual(copies, []);
    const openTelemetry = Object.keys(packages).filter((path) => path.includes('@opentelemetry/'));
    assert.deepEqual(openTelemetry, ['node_modules/@opentelemetry/api']);
  });

  test('gives require and import the same pitot', async (t) => {
    const program = `
      const required = require('pitot');
      const { websocket } = require('pitot/instruments');
      Promise.all([import('pitot'), import('pitot/instruments')]).then(([imported, instruments]) => {
        console.log(imported.boot === required.boot, instruments.websocket === websocket);
      });`;
    await writeFile(join(folder, 'both.cjs'), program);
    const service = await startService(t, { nodeArgs: [], args: ['both.cjs'], cwd: folder });
    assert.deepEqual(await service.ended(), { code: 0, signal: null });
    assert.deepEqual([service.stdout, service.stderr], ['true true\n', '']);
  });

  test('holds the needed files and nothing else', async () => {
    const files = await readdir(join(folder, 'node_modules/pitot'), { recursive: true });
    assert.deepEqual(
      files.filter((name) => /\.map$|\btests?\b|bench|\.(?<!d\.)ts$|architecture|examples/.test(name)),
      [],
    );
    for (const needed of [
      'LICENSE',
      'README.md',
      'package.json',
      'dist/instrumentation.js',
      'dist/index.d.ts',
    ]) {
      assert.ok(files.includes(needed), needed);
    }
  });

  test('says where it comes from, and nothing that only its repository needs', async () => {
    const manifest = JSON.parse(await readFile(join(folder, 'node_modules/pitot/package.json'), 'utf8'));
    const { repository, homepage, bugs, private: isPrivate, scripts, devDependencies } = manifest;
    assert.deepEqual(
      { repository, homepage, bugs, isPrivate, scripts, devDependencies },
      {
        repository: { type: 'git', url: `git+${ORIGIN}.git` },
        homepage: `${ORIGIN}#readme`,
        bugs: { url: `${ORIGIN}/issues` },
        isPrivate: undefined,
        scripts: undefined,
        devDependencies: undefined,
      },
    );
  });

  test('has pages whose links lead to its own files or to the repository at the tag of the release', async () => {
    const installed = join(folder, 'node_modules/pitot');
    const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    const pages = (await readdir(installed, { recursive: true })).filter((name) => name.endsWith('.md'));
    const broken: string[] = [];
    let absolute = 0;
    for (const page of pages) {
      for (const target of linksIn(await readFile(join(installed, page), 'utf8'))) {
        const reason = brokenness(installed, page, target, version);
        if (reason !== undefined) broken.push(`${page}: ${target} ${reason}`);
        if (target.includes('github.com/example/')) absolute++;
      }
    }
    assert.deepEqual(broken, []);
    assert.ok(
      pages.length > 15 && absolute > 30,
      `${pages.length} pages, ${absolute} links to the repository`,
    );
  });
});

/** Why a link of an installed page leads nowhere; undefined where it leads somewhere, or out of our hands. */
function brokenness(installed: string, page: string, target: string, version: string): string | undefined {
  const raw = 'https://raw.githubusercontent.com/example/pitot';
  const match = new RegExp(`^(?:${ORIGIN}/(blob|tree)|${raw})/v${version}/([^#]+)(?:#(.+))?$`).exec(target);
  if (match === null && isUrl(target)) {
    return target.startsWith(ORIGIN) || target.startsWith(raw) ? 'is not at the tag' : undefined;
  }
  if (match === null && page === 'README.md' && !target.startsWith('#')) return 'is relative';
  const [path = '', anchor] = target.split('#');
  const file = match
    ? join(REPOSITORY, match[2] ?? '')
    : path === ''
      ? join(installed, page)
      : join(installed, dirname(page), path);
  if (!existsSync(file)) return 'is not there';
  if (match && statSync(file).isDirectory() !== (match[1] === 'tree'))
    return `is no ${match[1] ?? 'picture'}`;
  const heading = match ? match[3] : anchor;
  if (heading === undefined || !file.endsWith('.md')) return undefined;
  return anchorsIn(readFileSync(file, 'utf8')).has(heading) ? undefined : 'has no such heading';
}
