import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';
import { skipWithout } from '../../harness/programs.ts';
import { startStallingService } from '../../harness/stalling-service.ts';
import { open, startBrowser } from '../../hub/page/helpers/browser.ts';

const TOKEN = 'a-token-for-profiles';
const extraHTTPHeaders = { authorization: `Bearer ${TOKEN}` };

async function start(t: TestContext, env: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'pitot-profile-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'tokens');
  await writeFile(file, `${TOKEN}\n`, { mode: 0o600 });
  const { service } = await startStallingService(t, { env: { PITOT_BEARER_TOKEN_FILE: file, ...env } });
  return { endpoint: await service.endpoint(), pid: service.pid };
}

test('a button of the page takes a profile and saves it, one at a time', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const { endpoint, pid } = await start(t, { PITOT_PPROF: 'true' });
  const { page } = await open(await startBrowser(t), new URL('/', endpoint).href, {
    extraHTTPHeaders,
    acceptDownloads: true,
  });
  await page.getByText('Profile', { exact: true }).click();
  await page.getByText(`process ${pid}`).waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Memory, 10 s' }).click();
  await page.getByText('Profiling for 10 s').waitFor();
  assert.ok(await page.getByRole('button', { name: 'CPU, 10 s' }).isDisabled());
  // Another viewer's profile is refused meanwhile.
  const other = await fetch(new URL('/debug/pprof/profile?seconds=1', endpoint), {
    headers: extraHTTPHeaders,
  });
  assert.equal(other.status, 409);
  const download = await saved;
  assert.match(download.suggestedFilename(), /-heap-.*\.pb\.gz$/);
  const profile = Profile.decode(gunzipSync(await readFile(await download.path())));
  assert.ok(profile.sampleType.length > 0);
  await page.getByText('Profile', { exact: true }).waitFor();
});

test('without PITOT_PPROF, and without credentials, the page has no such button', {
  skip: skipWithout('chromium'),
}, async (t) => {
  const browser = await startBrowser(t);
  const off = await start(t, {});
  const unprotected = await startStallingService(t, { env: { PITOT_PPROF: 'true' } });
  for (const endpoint of [off.endpoint, await unprotected.service.endpoint()]) {
    const { page, complaints } = await open(browser, new URL('/', endpoint).href, { extraHTTPHeaders });
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    const answer = await page.evaluate(
      async () => (await (await fetch('page/profiles')).json()) as { isAvailable: boolean },
    );
    assert.equal(answer.isAvailable, false);
    assert.equal(await page.getByText('Profile', { exact: true }).count(), 0);
    assert.deepEqual(complaints, []);
  }
});
