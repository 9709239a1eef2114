import assert from 'node:assert/strict';
import nodeHttps, { createServer as createHttpsServer } from 'node:https';
import { test } from 'node:test';
import { Pool } from 'undici';
import { listening } from './helpers/listening.ts';
import { measuredHttp } from './helpers/measured.ts';
import { failed } from './helpers/requests.ts';
import { SERVER_TLS } from './helpers/tls.ts';

const DURATION = 'http.client.request.duration';
const OPEN = 'http.client.open_connections';
const HOST = '127.0.0.1';

/** Asks an address that cannot be reached, and returns the error's code as the application sees it. */
const CLIENTS: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
  'node:https': async (url) => codeOf(await failed(nodeHttps.get(url))),
  fetch: (url) => fetch(url).then(answered, (error) => codeOf(error.cause)),
  'a pool of undici': async (url) => {
    const pool = new Pool(url);
    const code = await pool.request({ path: '/', method: 'GET' }).then(answered, codeOf);
    await pool.destroy();
    return code;
  },
};

for (const [client, ask] of Object.entries(CLIENTS)) {
  test(`${client}: a name that is not resolved is a request that failed with the resolver's code`, async (t) => {
    const http = measuredHttp(t);
    const code = await ask('https://nowhere.invalid/');
    // Without a name server it is the other.
    assert.match(String(code), /^(?:ENOTFOUND|EAI_AGAIN)$/);
    assert.deepEqual(await failures(http), [['nowhere.invalid', code]]);
  });

  test(`${client}: a certificate that is not trusted is a request that failed with its fault`, async (t) => {
    const http = measuredHttp(t);
    const port = await listening(t, createHttpsServer(SERVER_TLS));
    const code = await ask(`https://${HOST}:${port}/`);
    assert.equal(code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    assert.deepEqual(await failures(http), [[HOST, code]]);
    assert.deepEqual(await http.series(OPEN), []);
  });
}

async function failures(http: ReturnType<typeof measuredHttp>): Promise<readonly unknown[]> {
  await http.counted(DURATION, 1);
  const series = await http.series(DURATION);
  return series.map(({ attributes }) => [attributes['server.address'], attributes['error.type']]);
}

function answered(): never {
  throw new Error('it was answered');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}
