import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startMeasuredApp } from './helpers/measured-app.ts';

/** Sources that load nothing before the application does, or nothing at all. */
const OTHERS = [
  ...['pg', 'mysql2', 'mongodb', 'redis', 'ioredis', 'better-sqlite3', 'node-sqlite'],
  ...['grpc', 'aws-sdk', 'graphql', 'amqplib', 'kafkajs', 'errors'],
];

for (const { choice, names, loaded } of [
  {
    choice: {},
    names: ['http', 'express', ...OTHERS, 'runtime-node', 'host-metrics'],
    loaded: true,
  },
  { choice: { enabled: ['http'] }, names: ['http'], loaded: true },
  { choice: { enabled: [] }, names: [], loaded: false },
  {
    choice: { disabled: ['express', 'host-metrics'] },
    names: ['http', ...OTHERS, 'runtime-node'],
    loaded: true,
  },
  {
    choice: { enabled: ['runtime-node', 'http', 'other'], disabled: ['http'] },
    names: ['runtime-node'],
    loaded: false,
  },
]) {
  test(`${JSON.stringify(choice)} starts [${names}] and loads the official packages only for them`, async (t) => {
    const measured = await startMeasuredApp(t, { app: 'loaded.cjs', ...choice });
    assert.deepEqual(measured.names, names);
    await measured.child.line(loaded ? /^official packages: loaded$/ : /^official packages: not loaded$/);
  });
}

test('one warning names a source that cannot start and the remedy; the others and the application run', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-default.mjs', before: 'frozen-server.mjs' });
  assert.deepEqual(measured.names, ['express', ...OTHERS, 'runtime-node', 'host-metrics']);
  const response = await fetch(`http://127.0.0.1:${await measured.port()}/health`);
  assert.equal(await response.text(), 'ok');
  const errors = measured.child.stderr.split('\n').filter((line) => line !== '' && !/^sources: /.test(line));
  assert.equal(errors.length, 1, measured.child.stderr);
  assert.match(String(errors[0]), /"http" failed \(.*PITOT_DISABLED_SOURCES=http\./);
});

for (const { how, file, text } of [
  { how: 'imported', file: 'app.mjs', text: "import express from 'express';" },
  { how: 'required', file: 'app.cjs', text: "const express = require('express');" },
]) {
  test(`an Express of another shape, ${how}, loads as it is and is reported once`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'pitot-'));
    t.after(() => rm(folder, { recursive: true }));
    const express = join(folder, 'node_modules/express');
    await mkdir(express, { recursive: true });
    await writeFile(join(express, 'package.json'), '{"name":"express","version":"5.99.0","main":"index.js"}');
    await writeFile(join(express, 'index.js'), 'module.exports = { shape: "another" };');
    await writeFile(join(folder, file), `${text}\nconsole.log('express of', express.shape, 'shape');\n`);

    const measured = await startMeasuredApp(t, { app: join(folder, file) });
    await measured.child.line(/^express of another shape$/);
    assert.deepEqual(await measured.child.ended(), { code: 0, signal: null });
    const errors = measured.child.stderr.split('\n').filter((line) => /failed/.test(line));
    assert.equal(errors.length, 1, measured.child.stderr);
    assert.match(String(errors[0]), /"express" failed .*PITOT_DISABLED_SOURCES=express\./);
  });
}

test('an application with module hooks of its own is measured', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'express-default.mjs', before: 'transpiling-hooks.mjs' });
  const response = await fetch(`http://127.0.0.1:${await measured.port()}/users/1`);
  assert.equal(await response.text(), 'ok');
  const [series] = await measured.counted('http.server.request.duration', 1);
  assert.equal(series?.attributes['http.route'], '/users/:id');
});

test('an import gives the same exports as require, and no other module is wrapped', async (t) => {
  const measured = await startMeasuredApp(t, { app: 'identities.mjs' });
  const [, found] = await measured.child.line(/^found: (.*)$/);
  assert.deepEqual(JSON.parse(String(found)), {
    express: true,
    http: true,
    namedHttp: true,
    other: true,
    url: true,
  });
});
