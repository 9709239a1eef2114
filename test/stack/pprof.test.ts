import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { skipWithout } from '../harness/programs.ts';
import { startStallingService } from '../harness/stalling-service.ts';

const TOKEN = 'a-token-for-profiles';
const HEADERS = { authorization: `Bearer ${TOKEN}` };

async function startWithToken(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-pprof-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'tokens');
  await writeFile(file, `${TOKEN}\n`, { mode: 0o600 });
  const started = await startStallingService(t, {
    env: { PITOT_PPROF: 'true', PITOT_BEARER_TOKEN_FILE: file },
  });
  const endpoint = await started.service.endpoint();
  const profile = (path: string) => fetch(new URL(`/debug/pprof/${path}`, endpoint), { headers: HEADERS });
  return { ...started, endpoint, profile };
}

test('a profile has the functions that ran meanwhile, and a second profile at the same time is refused', async (t) => {
  const { block, endpoint, profile } = await startWithToken(t);
  assert.equal((await fetch(new URL('/debug/pprof/profile?seconds=1', endpoint))).status, 401);
  const [response, , second] = await Promise.all([
    profile('profile?seconds=3'),
    block('/loop'),
    new Promise((resolve) => setTimeout(resolve, 500)).then(() => profile('heap?seconds=1')),
  ]);
  assert.deepEqual([response.status, second.status], [200, 409]);
  const {
    function: functions,
    stringTable,
    sampleType,
  } = Profile.decode(gunzipSync(Buffer.from(await response.arrayBuffer())));
  const text = (index: number | bigint) => stringTable.strings[Number(index)];
  assert.ok(functions.some(({ name }) => text(name) === 'sumUp'));
  assert.deepEqual(
    sampleType.map(({ type, unit }) => [text(type), text(unit)]),
    [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
  );
  const heap = await profile('heap?seconds=1');
  assert.equal(heap.status, 200);
  assert.ok(gunzipSync(Buffer.from(await heap.arrayBuffer())).length > 0);
  assert.equal((await profile('profile?seconds=1000')).status, 400);
  assert.match(await (await profile('')).text(), /go tool pprof/);
});

/** `go tool pprof` reads the same format as Pyroscope and every other reader of pprof. */
test('go tool pprof lists the functions of a CPU profile and of a heap profile', {
  skip: skipWithout('go'),
}, async (t) => {
  const { block, profile } = await startWithToken(t);
  const folder = await mkdtemp(join(tmpdir(), 'pitot-pprof-'));
  t.after(() => rm(folder, { recursive: true }));
  const take = async (kind: string, way: string) => {
    const [response] = await Promise.all([profile(`${kind}?seconds=4`), block(way)]);
    const file = join(folder, `${kind}.pb.gz`);
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    return file;
  };
  const top = (file: string) =>
    execFileSync('go', ['tool', 'pprof', '-top', file], { encoding: 'utf8', cwd: folder });
  const [cpu, heap] = [await take('profile', '/loop'), await take('heap', '/json')];
  const functions = top(cpu);
  assert.match(functions, /^Type: cpu$/m);
  assert.match(functions, /\bsumUp\b/);
  assert.match(top(heap), /^Type: inuse_space$/m);
});
