import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { skipWithout } from '../harness/programs.ts';
import { startService } from '../harness/service.ts';
import { createAuthority, folder } from '../hub/http/helpers/certificates.ts';
import { write } from '../hub/http/helpers/secured.ts';
import { pitot } from './helpers/pitot.ts';

test('top and contract --check read an endpoint that asks for client certificates', {
  skip: skipWithout('openssl'),
}, async (t) => {
  const authority = createAuthority(t);
  const server = authority.issue('localhost');
  const client = authority.issue('operator');
  const webConfig = write(join(folder(t), 'web.yml'), {
    tls_server_config: {
      cert_file: server.cert,
      key_file: server.key,
      client_auth_type: 'RequireAndVerifyClientCert',
      client_ca_file: authority.cert,
    },
  });
  const service = await startService(t, {
    args: ['test/hub/page/fixtures/requests.mjs'],
    env: { PITOT_WEB_CONFIG_FILE: webConfig },
  });
  const { href, origin } = await service.endpoint();
  const tls = ['--ca', authority.cert, '--cert', client.cert, '--key', client.key];

  const top = await pitot(['top', origin, ...tls]);
  assert.deepEqual([top.code, top.stderr], [0, '']);
  assert.match(top.stdout, /^since start {2}requests /m);
  const contract = await pitot(['contract', '--check', href, ...tls]);
  assert.deepEqual([contract.code, contract.stderr], [0, '']);

  const unverified = await pitot(['top', origin]);
  assert.match(unverified.stderr, /cannot be read: .*(unable to verify|self-signed|issuer)/);
  const withoutCertificate = await pitot(['contract', '--check', href, '--ca', authority.cert]);
  assert.equal(withoutCertificate.code, 1);
  assert.match(withoutCertificate.stderr, /cannot be read: /);
});

test('a certificate without its key, and a file that cannot be read, are wrong use', async () => {
  const half = await pitot(['top', 'https://localhost:9', '--cert', 'client.pem']);
  assert.deepEqual(
    [half.code, half.stderr],
    [2, 'pitot: --cert and --key need each other. See pitot top --help.\n'],
  );
  const missing = await pitot(['contract', '--check', 'https://localhost:9', '--ca', '/no/such.pem']);
  assert.equal(missing.code, 2);
  assert.match(missing.stderr, /^pitot: --ca \/no\/such\.pem cannot be read: ENOENT/);
});
