import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import type { WebConfigOptions } from '../../../src/config/parsers/web-config.ts';
import type { Lifetime } from '../../harness/lifetime.ts';
import { skipWithout } from '../../harness/programs.ts';
import { type Authority, createAuthority, folder } from './helpers/certificates.ts';
import {
  askTls,
  basic,
  HASHES,
  keepingAgent,
  logged,
  serverFiles,
  startSecured,
  write,
} from './helpers/secured.ts';
import { ask, BODY, largeResult } from './helpers/served.ts';

type TlsServerConfig = NonNullable<WebConfigOptions['tls_server_config']>;

function secured(lifetime: Lifetime): { authority: Authority; ca: string; tls: TlsServerConfig } {
  const authority = createAuthority(lifetime);
  return { authority, ca: authority.cert, tls: serverFiles(authority.issue('localhost')) };
}

/** The result of a handshake, or the code of its error. */
function handshake(port: number, options: object): Promise<string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    socket.on('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`);
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe('TLS', { skip: skipWithout('openssl') }, () => {
  test('with a certificate, the endpoint is https and nothing else', async (t) => {
    const { ca, tls } = secured(t);
    const { port, url, refusals } = await startSecured(t, { tls_server_config: tls });
    assert.equal(url, `https://127.0.0.1:${port}/metrics`);
    const { status, body } = await askTls(port, { ca });
    assert.deepEqual([status, body], [200, BODY]);
    await assert.rejects(ask(port));
    assert.deepEqual(refusals, ['handshake']);
    await assert.rejects(askTls(port), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    assert.equal((await askTls(port, { ca })).body, BODY);
  });

  test('paths are relative to the file', async (t) => {
    const { authority, ca } = secured(t);
    const at = folder(t);
    const pair = authority.issue('localhost');
    copyFileSync(pair.cert, join(at, 'server.crt'));
    copyFileSync(pair.key, join(at, 'server.key'));
    const tls = { cert_file: 'server.crt', key_file: './server.key' };
    const webConfigFile = write(join(at, 'web-config.yml'), { tls_server_config: tls });
    const { port } = await startSecured(t, '', { webConfigFile });
    assert.equal((await askTls(port, { ca })).status, 200);
  });

  test('each client_auth_type lets in whom it says', async (t) => {
    const { authority, ca, tls } = secured(t);
    const clients = {
      none: undefined,
      good: authority.issue('scraper'),
      expired: authority.issue('scraper', { expired: true }),
      foreign: createAuthority(t, 'another').issue('scraper'),
    };
    for (const [client_auth_type, ...allowed] of [
      ['NoClientCert', 'none', 'good', 'expired', 'foreign'],
      ['RequestClientCert', 'none', 'good', 'expired', 'foreign'],
      ['RequireAnyClientCert', 'good', 'expired', 'foreign'],
      ['RequireClientCert', 'good', 'expired', 'foreign'],
      ['VerifyClientCertIfGiven', 'none', 'good'],
      ['RequireAndVerifyClientCert', 'good'],
    ] as const) {
      const authorities = client_auth_type === 'NoClientCert' ? {} : { client_ca_file: ca };
      const config = { tls_server_config: { ...tls, ...authorities, client_auth_type } };
      const { port, refusals } = await startSecured(t, config);
      const letIn: string[] = [];
      for (const [name, pair] of Object.entries(clients)) {
        const answer = askTls(port, { ca, ...(pair === undefined ? {} : { pair }) });
        await answer.then(
          ({ status }) => status === 200 && letIn.push(name),
          () => {},
        );
      }
      assert.deepEqual(letIn, allowed, client_auth_type);
      assert.deepEqual(refusals, Array(4 - allowed.length).fill('handshake'));
    }
  });

  test('where health is open, clients without a good certificate get that and nothing else', async (t) => {
    const { authority, ca, tls } = secured(t);
    const config = { ...tls, client_ca_file: ca, client_auth_type: 'RequireAndVerifyClientCert' } as const;
    const { port, refusals } = await startSecured(
      t,
      { tls_server_config: config },
      { openHealth: true, notReady: () => undefined },
    );
    for (const [pair, reason] of [
      [undefined, 'a client certificate is required\n'],
      [
        authority.issue('scraper', { expired: true }),
        'the client certificate is not accepted: CERT_HAS_EXPIRED\n',
      ],
    ] as const) {
      const client = { ca, ...(pair === undefined ? {} : { pair }) };
      assert.equal((await askTls(port, { ...client, path: '/readyz' })).status, 200);
      const { status, body } = await askTls(port, client);
      assert.deepEqual([status, body], [403, reason]);
    }
    assert.equal((await askTls(port, { ca, pair: authority.issue('scraper') })).status, 200);
    assert.deepEqual(refusals, ['client_certificate', 'client_certificate']);
  });

  test('of verified clients, those with an allowed name are let in', async (t) => {
    const { authority, ca, tls } = secured(t);
    const names = ['one', 'prometheus.example', '10.1.2.3', '2001:db8::1', 'ops@example.org', 'spiffe://a/b'];
    const { port } = await startSecured(t, {
      tls_server_config: {
        ...tls,
        client_ca_file: ca,
        client_auth_type: 'RequireAndVerifyClientCert',
        client_allowed_sans: names,
      },
    });
    for (const [given, isAllowed] of [
      ['DNS:x,DNS:prometheus.example', true],
      ['IP:10.1.2.3', true],
      ['IP:2001:db8:0:0:0:0:0:1', true],
      ['email:ops@example.org', true],
      ['URI:spiffe://a/b', true],
      ['DNS:prometheus.example.org', false],
      ['DNS:*.example', false],
      ['IP:10.1.2.4,URI:https://one', false],
      ['dirName:one', false],
    ] as const) {
      const isDirectory = given.startsWith('dirName');
      const pair = authority.issue('prometheus.example', { names: isDirectory ? 'DNS:two' : given });
      const answer = askTls(port, { ca, pair });
      if (isAllowed) assert.equal((await answer).status, 200, given);
      else await assert.rejects(answer, given);
    }
  });

  test('versions, cipher suites and curves are those that are set', async (t) => {
    const { tls } = secured(t);
    const suites = [
      'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
      'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    ] as const;
    const both = 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384';
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' };
    const tls12 = { maxVersion: 'TLSv1.2', ciphers: both };
    for (const [config, client, outcome] of [
      [{}, {}, /^TLSv1\.3 /],
      [{}, { maxVersion: 'TLSv1.2' }, /^TLSv1\.2 /],
      [{}, old, /^ERR_SSL/],
      [{ min_version: 'TLS13' }, { maxVersion: 'TLSv1.2' }, /^ERR_SSL/],
      [{ max_version: 'TLS12' }, {}, /^TLSv1\.2 /],
      [{ max_version: 'TLS12' }, { minVersion: 'TLSv1.3' }, /^ERR_SSL/],
      [{ min_version: 'TLS10' }, old, /^TLSv1\.1 /],
      [{ min_version: 'TLS10' }, {}, /^TLSv1\.3 /],
      [{ cipher_suites: suites }, {}, /^TLSv1\.3 /],
      [{ cipher_suites: suites }, tls12, /^TLSv1\.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384$/],
      [{ cipher_suites: suites, prefer_server_cipher_suites: false }, tls12, /_128_GCM_SHA256$/],
      [{ cipher_suites: suites }, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }, /^ERR_SSL/],
      [{ cipher_suites: ['TLS_AES_128_GCM_SHA256'] }, { maxVersion: 'TLSv1.2' }, /^ERR_SSL/],
      [{ curve_preferences: ['CurveP384', 'CurveP521'] }, { ecdhCurve: 'P-384' }, /^TLSv1\.3 /],
      [{ curve_preferences: ['CurveP384', 'CurveP521'] }, { ecdhCurve: 'X25519' }, /^ERR_SSL/],
    ] as const) {
      const { port } = await startSecured(t, { tls_server_config: { ...tls, ...config } });
      assert.match(await handshake(port, client), outcome, JSON.stringify([config, client]));
    }
  });

  test('HTTP/2 is not offered, and clients that would have it use HTTP/1.1', async (t) => {
    const { tls } = secured(t);
    const { port } = await startSecured(t, { tls_server_config: tls, http_server_config: { http2: true } });
    const protocol = await new Promise((resolve, reject) => {
      const socket = connect(
        { port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] },
        () => {
          resolve(socket.alpnProtocol);
          socket.destroy();
        },
      ).on('error', reject);
    });
    assert.equal(protocol, 'http/1.1');
  });

  test('a certificate that is replaced is in force with the next connection, and nothing in flight is dropped', async (t) => {
    logged(t);
    const at = folder(t);
    const [old, renewed] = [createAuthority(t, 'old'), createAuthority(t, 'renewed')];
    const files = { cert: join(at, 'tls.crt'), key: join(at, 'tls.key') };
    const install = ({ cert, key }: { cert: string; key: string }) => {
      copyFileSync(cert, files.cert);
      copyFileSync(key, files.key);
    };
    install(old.issue('localhost'));
    let collecting = () => {};
    let goOn: Promise<void> | undefined;
    const { port, reloads } = await startSecured(
      t,
      { tls_server_config: serverFiles(files), basic_auth_users: HASHES },
      {
        async collect() {
          collecting();
          await goOn;
          return largeResult();
        },
      },
    );
    const dave = { headers: basic('dave', 'dave123') };
    const agent = keepingAgent(t);
    const first = await askTls(port, { ca: old.cert, agent, ...dave });
    assert.equal(first.headers.connection, 'keep-alive');

    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    const begun = new Promise<void>((resolve) => {
      collecting = resolve;
    });
    goOn = held;
    const inFlight = askTls(port, { ca: old.cert, agent, ...dave });
    await begun;
    install(renewed.issue('localhost'));
    release();
    const during = await inFlight;
    assert.deepEqual([during.status, during.body], [200, first.body]);
    await assert.rejects(askTls(port, { ca: old.cert, ...dave }));
    assert.equal((await askTls(port, { ca: renewed.cert, ...dave })).status, 200);

    // The connection that was kept has one more answer, and is then closed, for another handshake.
    const statuses = await Promise.allSettled([
      askTls(port, { ca: old.cert, agent, ...dave }),
      askTls(port, { ca: old.cert, agent, ...dave }),
    ]);
    assert.deepEqual(
      statuses.map((outcome) => outcome.status === 'fulfilled' && outcome.value.headers.connection),
      ['close', false],
    );
    assert.ok(reloads.includes('web_config good'));
  });

  test('TLS, and the asking for client certificates, cannot be taken away by a change of the file', async (t) => {
    const lines = logged(t);
    const { authority, ca, tls } = secured(t);
    const mutual = { ...tls, client_ca_file: ca, client_auth_type: 'RequireAndVerifyClientCert' } as const;
    const { port, file } = await startSecured(t, { tls_server_config: mutual });
    const pair = authority.issue('scraper');
    for (const [config, lost] of [
      ['', 'tls_server_config and RequireAndVerifyClientCert'],
      [{ tls_server_config: tls }, 'RequireAndVerifyClientCert'],
      [
        { tls_server_config: { ...mutual, client_auth_type: 'VerifyClientCertIfGiven' } },
        'RequireAndVerifyClientCert',
      ],
    ] as const) {
      write(file, config);
      assert.equal((await askTls(port, { ca, pair })).status, 200);
      await assert.rejects(askTls(port, { ca }));
      assert.ok(lines.at(-1)?.includes(`it no longer has ${lost}, which needs a restart`), lines.at(-1));
    }
  });

  test('TLS can be added by a change of the file, and users to it', async (t) => {
    logged(t);
    const { ca, tls } = secured(t);
    const { port, file } = await startSecured(t, '');
    assert.equal((await ask(port)).status, 200);
    write(file, { tls_server_config: tls });
    await assert.rejects(ask(port));
    assert.equal((await askTls(port, { ca })).status, 200);
    write(file, { tls_server_config: tls, basic_auth_users: HASHES });
    assert.equal((await askTls(port, { ca })).status, 401);
  });
});
