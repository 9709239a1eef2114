import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { SecurityError } from '../../../src/hub/http/security/security.ts';
import { startServer } from '../../../src/hub/server.ts';
import { skipWithout } from '../../harness/programs.ts';
import { createAuthority, folder } from './helpers/certificates.ts';
import { askTls, basic, HASHES, logged, serverFiles, startSecured, write } from './helpers/secured.ts';
import { ask, BODY, result, sendRaw, start } from './helpers/served.ts';

const skip = skipWithout('openssl');

/** The faults of a web configuration, as the endpoint reports them when it does not open. */
async function faultsOf(config: string, at: string): Promise<string[]> {
  const file = write(join(at, 'web.yml'), config);
  try {
    const server = await startServer({
      host: '127.0.0.1',
      port: 0,
      collect: async () => result(),
      webConfigFile: file,
    });
    await server.close();
    return [];
  } catch (error) {
    assert.ok(error instanceof SecurityError, String(error));
    const start = `web configuration ${file}:`;
    assert.ok(error.message.startsWith(start), error.message);
    return error.message.slice(start.length).trim().split(' | ');
  }
}

test('without anything in it, a file is like none', async (t) => {
  for (const config of ['', '# nothing\n', 'tls_server_config:\nbasic_auth_users: {}\nrate_limit:\n']) {
    const { port, url } = await startSecured(t, config);
    assert.equal(url, `http://127.0.0.1:${port}/metrics`);
    assert.equal((await ask(port)).body, BODY);
  }
});

test('a part of the option that is undefined counts as not given', async (t) => {
  const { port } = await start(t, {
    webConfig: {
      tls_server_config: { cert_file: undefined, client_auth_type: undefined, cipher_suites: undefined },
      http_server_config: { http2: undefined, headers: { 'X-Frame-Options': undefined } },
      basic_auth_users: undefined,
      rate_limit: { interval: undefined, burst: undefined },
    },
  });
  assert.equal((await ask(port)).body, BODY);
});

test('all faults are reported together, by key, and nothing is opened', { skip }, async (t) => {
  const at = folder(t);
  const { cert, key } = createAuthority(t).issue('localhost');
  assert.deepEqual(
    await faultsOf(
      `
tls_server_config:
  cert_filse: ${cert}
  min_version: TLS13
  max_version: TLS14
  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA, TLS_AES_128_GCM_SHA256]
  curve_preferences: X25519
  prefer_server_cipher_suites: perhaps
  client_ca_file: authority.pem
http_server_config:
  headers: {X-Frame-Options: allow, Server: me, X-XSS-Protection: "1\\n2"}
  http3: true
basic_auth_users: {alice: letmein, bob: [x], "c:d": ${HASHES.dave}}
rate_limit: {interval: 5, burst: many}
"un known": 1
`,
      at,
    ),
    [
      'tls_server_config.max_version is "TLS14", but must be one of TLS10, TLS11, TLS12, TLS13',
      `tls_server_config.cipher_suites is "TLS_RSA_WITH_RC4_128_SHA", but must be one of ${SUITES}`,
      'tls_server_config.prefer_server_cipher_suites must be true or false',
      'tls_server_config.curve_preferences must be a list of texts',
      `tls_server_config.cert_filse is not known; known are ${TLS_KEYS}`,
      'tls_server_config.cert_file is missing, and cert is too',
      'tls_server_config.key_file is missing, and key is too',
      'tls_server_config.client_ca_file has no effect without a client_auth_type that asks for a certificate',
      'http_server_config.http3 is not known; known are http2, headers',
      'http_server_config.headers.X-Frame-Options is "allow", but must be one of deny, sameorigin',
      'http_server_config.headers.X-XSS-Protection holds a character that a header cannot hold',
      'http_server_config.headers.Server is not known; known are Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security',
      'basic_auth_users.alice must have the bcrypt hash of a password, $2y$…',
      'basic_auth_users.bob must have the bcrypt hash of a password, $2y$…',
      'basic_auth_users."c:d" must not contain a colon (RFC 7617, section 2)',
      'rate_limit.interval must be a duration such as 500ms, 1s or 1m30s',
      'rate_limit.burst must be a whole number',
      '"un known" is not known; known are tls_server_config, http_server_config, basic_auth_users, rate_limit',
    ],
  );
  const tls = (...lines: string[]) => ['tls_server_config:', ...lines].join('\n  ');
  const good = [`cert_file: ${cert}`, `key_file: ${key}`];
  for (const [config, ...faults] of [
    ['- a\n', 'the whole must be a mapping'],
    ['basic_auth_users: [a]\n', 'basic_auth_users must be a mapping'],
    ['a: 1\na: 2\n', 'is no valid YAML: Map keys must be unique at line 2, column 1'],
    ['tls_server_config: !plain {}\n', 'is no valid YAML: Unresolved tag: !plain at line 1, column 20'],
    ['a: *b\n', 'is no valid YAML: Unresolved alias (the anchor must be set before the alias): b'],
    [
      tls('min_version: TLS12'),
      'tls_server_config.cert_file is missing, and cert is too',
      'tls_server_config.key_file is missing, and key is too',
    ],
    [
      tls(...good, 'min_version: TLS13', 'max_version: TLS12'),
      'tls_server_config.min_version is TLS13, which is above max_version',
    ],
    [
      tls(...good, 'client_auth_type: Sometimes'),
      `tls_server_config.client_auth_type is "Sometimes", but must be one of ${AUTH_TYPES}`,
    ],
    [
      tls(...good, 'client_auth_type: RequireAndVerifyClientCert'),
      'tls_server_config.client_ca_file is missing: anyone with a certificate of a public authority could read the metrics',
    ],
    [
      tls('cert_file: no.pem', `key_file: ${cert}`, 'client_auth_type: RequestClientCert', 'client_ca: "?"'),
      `${join(at, 'no.pem')} cannot be read (ENOENT)`,
      `${cert} holds no private key, or one with a passphrase`,
      'tls_server_config.client_ca holds no certificate',
    ],
    [
      tls(good[0] ?? '', `key_file: ${createAuthority(t).key}`),
      /^\S+ca\.key is not the key of the certificate in \S+1\.pem$/,
    ],
    [tls(`cert_file: ${key}`, good[1] ?? ''), `${key} holds no certificate`],
    [
      'rate_limit: {interval: 1s}',
      'rate_limit.burst must be at least 1, or no request would ever be answered',
    ],
  ] as const) {
    const found = await faultsOf(config, at);
    assert.equal(found.length, faults.length, config);
    for (const [i, fault] of faults.entries()) {
      if (typeof fault === 'string') assert.equal(found[i], fault, config);
      else assert.match(found[i] ?? '', fault);
    }
  }
});

const AUTH_TYPES =
  'NoClientCert, RequestClientCert, RequireAnyClientCert, RequireClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert';
const TLS_KEYS =
  'cert, cert_file, key, key_file, client_ca, client_ca_file, client_auth_type, client_allowed_sans, min_version, max_version, cipher_suites, prefer_server_cipher_suites, curve_preferences';
const SUITES = [
  'TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256',
  ...['128_CBC_SHA', '256_CBC_SHA'].map((aes) => `TLS_ECDHE_ECDSA_WITH_AES_${aes}`),
  ...['128_CBC_SHA', '256_CBC_SHA'].map((aes) => `TLS_ECDHE_RSA_WITH_AES_${aes}`),
  ...['128_GCM_SHA256', '256_GCM_SHA384'].map((aes) => `TLS_ECDHE_ECDSA_WITH_AES_${aes}`),
  ...['128_GCM_SHA256', '256_GCM_SHA384'].map((aes) => `TLS_ECDHE_RSA_WITH_AES_${aes}`),
  'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
].join(', ');

test('a file that is not there keeps the endpoint closed', async () => {
  const options = { host: '127.0.0.1', port: 0, collect: async () => result() };
  await assert.rejects(startServer({ ...options, webConfigFile: '/no/web.yml' }), {
    name: 'SecurityError',
    message: 'web configuration /no/web.yml: /no/web.yml cannot be read (ENOENT)',
  });
  await assert.rejects(startServer({ ...options, bearerTokenFile: '/no/tokens' }), {
    name: 'SecurityError',
    message: 'bearer tokens: /no/tokens cannot be read (ENOENT)',
  });
});

test('no fault shows a secret', { skip }, async (t) => {
  const at = folder(t);
  const { cert } = createAuthority(t).issue('localhost');
  const faults = await faultsOf(
    stringify({
      tls_server_config: { cert_file: cert, key: 'hunter2' },
      basic_auth_users: { alice: 'hunter2', bob: ['hunter2'] },
    }),
    at,
  );
  assert.equal(faults.length, 3);
  for (const broken of [
    'basic_auth_users: {alice: "hunter2}',
    'basic_auth_users:\n alice: hunter2\n  x: y: hunter2',
  ]) {
    faults.push(...(await faultsOf(broken, at)));
  }
  assert.ok(
    faults.every((fault) => !fault.includes('hunter2')),
    faults.join('\n'),
  );
});

test('an options object is read as the file is, with paths as they are', { skip }, async (t) => {
  const authority = createAuthority(t);
  const pair = authority.issue('localhost');
  const config = {
    tls_server_config: {
      cert: readFileSync(pair.cert, 'utf8'),
      key: readFileSync(pair.key, 'utf8'),
      prefer_server_cipher_suites: false,
    },
    http_server_config: { http2: true, headers: { 'X-Frame-Options': 'deny' } },
    rate_limit: { interval: '1h', burst: 2 },
  } as const;
  const { port, url } = await start(t, { webConfig: config });
  assert.equal(url, `https://127.0.0.1:${port}/metrics`);
  assert.equal((await askTls(port, { ca: authority.cert })).headers['x-frame-options'], 'deny');
  const options = { host: '127.0.0.1', port: 0, collect: async () => result() };
  await assert.rejects(startServer({ ...options, webConfig: { rate_limt: {} } as object }), {
    message: /^option webConfig: rate_limt is not known; /,
  });
});

test('every answer has the headers that are set', async (t) => {
  const headers = {
    'Content-Security-Policy': "default-src 'self'",
    'X-Frame-Options': 'deny',
    'X-Content-Type-Options': 'nosniff',
    'X-XSS-Protection': '1',
    'Strict-Transport-Security': 'max-age=31536000',
  };
  const { port } = await startSecured(t, `http_server_config: {headers: ${JSON.stringify(headers)}}`);
  for (const [path, method] of [
    ['/metrics', 'GET'],
    ['/nothing', 'GET'],
    ['/metrics', 'POST'],
  ] as const) {
    const answer = await ask(port, { path, method });
    for (const [name, value] of Object.entries(headers))
      assert.equal(answer.headers[name.toLowerCase()], value);
  }
});

test('requests beyond the rate limit are 429, with and without credentials', async (t) => {
  const { port, refusals, file } = await startSecured(t, 'rate_limit: {interval: 1h30m, burst: 3}');
  const statuses: unknown[] = [];
  for (let i = 0; i < 5; i++)
    statuses.push((await ask(port, { path: i === 0 ? '/none' : '/metrics' })).status);
  assert.deepEqual(statuses, [404, 200, 200, 429, 429]);
  assert.deepEqual(refusals, ['rate_limit', 'rate_limit']);
  write(file, 'rate_limit: {interval: 0, burst: 0}');
  assert.equal((await ask(port)).status, 200);
});

test('an open endpoint that others can reach is warned of once, and no other is', { skip }, async (t) => {
  const lines = logged(t);
  const authority = createAuthority(t);
  const server = serverFiles(authority.issue('localhost'));
  const ca = { client_ca_file: authority.cert };
  await start(t);
  await start(t, { host: 'localhost' });
  await startSecured(t, { basic_auth_users: HASHES }, { host: '0.0.0.0' });
  const mutual = { ...server, ...ca, client_auth_type: 'RequireAndVerifyClientCert' } as const;
  await startSecured(t, { tls_server_config: mutual }, { host: '0.0.0.0' });
  assert.deepEqual(lines, []);
  const { port } = await start(t, { host: '0.0.0.0' });
  assert.equal(lines.length, 1);
  assert.match(
    lines[0] ?? '',
    new RegExp(`^warning: anyone who reaches 0\\.0\\.0\\.0:${port} can read the metrics\\. `),
  );
  const optional = { ...server, ...ca, client_auth_type: 'VerifyClientCertIfGiven' } as const;
  await startSecured(t, { tls_server_config: optional }, { host: '0.0.0.0' });
  assert.equal(lines.length, 2);
});

test('scripts of other origins are let in only where that is set', async (t) => {
  const origin = { origin: 'https://graphs.example' };
  const preflight = {
    ...origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  };
  const closed = await startSecured(t, { basic_auth_users: HASHES });
  for (const method of ['GET', 'OPTIONS']) {
    const { status, headers } = await ask(closed.port, { method, headers: preflight });
    assert.equal(status, 401);
    assert.ok(Object.keys(headers).every((name) => !name.startsWith('access-control')));
  }
  const open = await startSecured(
    t,
    { basic_auth_users: HASHES },
    { corsOrigins: ['https://graphs.example'] },
  );
  const answer = await ask(open.port, { method: 'OPTIONS', headers: preflight });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers['access-control-allow-origin'], 'https://graphs.example');
  assert.equal(answer.headers['access-control-allow-headers'], 'authorization');
  assert.equal(answer.headers.vary, 'origin');
  assert.equal((await ask(open.port, { headers: origin })).status, 401);
  const other = await ask(open.port, {
    method: 'OPTIONS',
    headers: { ...preflight, origin: 'https://graphs.example.org' },
  });
  assert.equal(other.status, 401);
  assert.equal(other.headers['access-control-allow-origin'], undefined);
  const scrape = await ask(open.port, { headers: { ...origin, ...basic('dave', 'dave123') } });
  assert.equal(scrape.headers['access-control-allow-origin'], 'https://graphs.example');
  assert.equal(scrape.headers.vary, 'origin, accept, accept-encoding');
  const all = await start(t, { corsOrigins: ['*'] });
  assert.equal((await ask(all.port, { headers: origin })).headers['access-control-allow-origin'], '*');
  assert.equal((await ask(all.port, { method: 'OPTIONS' })).status, 405);
});

test('a request with a body is answered, and its connection closed', async (t) => {
  const { port } = await startSecured(t, '');
  for (const [body, status] of [
    ['POST /metrics HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000000\r\n\r\nabc', 405],
    ['GET /metrics HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc', 200],
  ] as const) {
    const answer = await sendRaw(port, body);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} [^]*\r\nconnection: close\r\n`, 'i'));
  }
});

test('property: whatever text is a web configuration, the endpoint is opened or says why not', async (t) => {
  const key = fc.constantFrom(
    'tls_server_config',
    'http_server_config',
    'basic_auth_users',
    'rate_limit',
    'headers',
    'interval',
    'burst',
    'cert',
    'key',
    'client_auth_type',
    'x',
  );
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constantFrom(null, '1s', 'deny', HASHES.dave)),
    tree: fc.oneof(
      { depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const at = folder(t);
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        tree.map((value) => stringify(value)),
        fc.string(),
      ),
      async (text) => {
        const faults = await faultsOf(text, at);
        if (faults.length === 0) assert.notEqual(typeof parse(text), 'boolean');
        assert.ok(faults.every((fault) => fault !== ''));
      },
    ),
    { numRuns: 300 },
  );
});
