import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { WebConfigOptions } from '../../src/config/parsers/web-config.ts';
import { startServer } from '../../src/hub/server.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { skipWithout } from '../harness/programs.ts';
import { type Prometheus, startPrometheus } from '../harness/prometheus.ts';
import { until } from '../harness/until.ts';
import { type Authority, createAuthority, folder, type Pair } from '../hub/http/helpers/certificates.ts';
import { HASHES, serverFiles, write } from '../hub/http/helpers/secured.ts';
import { result } from '../hub/http/helpers/served.ts';

describe('a real Prometheus', { skip: skipWithout('prometheus', 'openssl') }, () => {
  const lifetime = lifetimeOfSuite();
  let authority: Authority;
  let files: Pair;
  let webConfigFile: string;
  let prometheus: Prometheus;
  const reloads: string[] = [];

  const install = ({ cert, key }: Pair) => {
    copyFileSync(key, files.key);
    copyFileSync(cert, files.cert);
  };
  const config = (users: Readonly<Record<string, string>>): WebConfigOptions => ({
    tls_server_config: {
      ...serverFiles(files),
      client_ca_file: authority.cert,
      client_auth_type: 'RequireAndVerifyClientCert',
    },
    basic_auth_users: users,
  });

  before(async () => {
    authority = createAuthority(lifetime);
    const at = folder(lifetime);
    files = { cert: join(at, 'server.pem'), key: join(at, 'server.key') };
    install(authority.issue('localhost'));
    webConfigFile = write(join(at, 'web.yml'), config(HASHES));
    const bearerTokenFile = write(join(at, 'tokens'), 'first-token\nsecond-token\n');
    const common = { host: '127.0.0.1', port: 0, collect: async () => result([{}, 1]) };
    const mutual = await startServer({
      ...common,
      webConfigFile,
      events: { reloaded: (_, isGood) => reloads.push(isGood ? 'good' : 'bad') },
    });
    const tokens = await startServer({ ...common, bearerTokenFile });
    for (const server of [mutual, tokens]) lifetime.after(() => server.close());

    const overTls = (job_name: string, pair: Pair | undefined, username: string, password: string) => ({
      job_name,
      scheme: 'https',
      static_configs: [{ targets: [`127.0.0.1:${mutual.port}`] }],
      basic_auth: { username, password },
      tls_config: {
        ca_file: authority.cert,
        ...(pair === undefined ? {} : { cert_file: pair.cert, key_file: pair.key }),
      },
    });
    const byToken = (job_name: string, credentials: string) => ({
      job_name,
      static_configs: [{ targets: [`127.0.0.1:${tokens.port}`] }],
      authorization: { credentials },
    });
    const scraper = authority.issue('prometheus');
    prometheus = await startPrometheus(lifetime, {
      scrapeInterval: '1s',
      scrapeConfigs: [
        overTls('dave', scraper, 'dave', 'dave123'),
        overTls('carol', scraper, 'carol', 'carol123'),
        overTls('wrong password', scraper, 'dave', 'dave124'),
        overTls('unknown user', scraper, 'nobody', 'dave123'),
        overTls('no client certificate', undefined, 'dave', 'dave123'),
        overTls('expired client certificate', authority.issue('old', { expired: true }), 'dave', 'dave123'),
        overTls('foreign client certificate', createAuthority(lifetime).issue('x'), 'dave', 'dave123'),
        byToken('first token', 'first-token'),
        byToken('second token', 'second-token'),
        byToken('wrong token', 'third-token'),
      ],
    });
  });

  async function errorsByJob(): Promise<Record<string, string>> {
    const response = await fetch(`${prometheus.url}/api/v1/targets?state=active`);
    const { data } = (await response.json()) as {
      data: { activeTargets: { labels: { job: string }; lastError: string; health: string }[] };
    };
    return Object.fromEntries(
      data.activeTargets.map(({ labels, lastError, health }) => [
        labels.job,
        `${health} ${lastError}`.trim(),
      ]),
    );
  }

  /** Waits until the target of a job is as it should be. */
  async function settles(job: string, state: RegExp): Promise<void> {
    let last = '';
    await until(
      async () => {
        last = (await errorsByJob())[job] ?? '';
        return state.test(last) || undefined;
      },
      { what: `job ${job} to be ${state}`, instead: () => last },
    );
  }

  test('scrapes over mutual TLS with basic authentication, and by bearer token', async () => {
    for (const job of ['dave', 'carol', 'first token', 'second token']) {
      await prometheus.scraped(job);
      const [sample] = await prometheus.query(`hits_total{job="${job}"}`);
      assert.equal(sample?.value, 1, job);
    }
  });

  test('learns what is wrong with its credentials, or cannot connect', async () => {
    await settles('wrong password', /^down server returned HTTP status 401 Unauthorized$/);
    await settles('unknown user', /^down server returned HTTP status 401 Unauthorized$/);
    await settles('wrong token', /^down server returned HTTP status 401 Unauthorized$/);
    await settles('no client certificate', /^down .*remote error: tls: certificate required$/);
    await settles('expired client certificate', /^down .*(?:EOF|connection reset by peer|broken pipe)$/);
    await settles('foreign client certificate', /^down .*(?:EOF|connection reset by peer|broken pipe)$/);
  });

  test('drops no scrape while certificate and users are replaced, and is let in by the new ones only', async () => {
    await prometheus.scraped('dave');
    const since = Date.now();
    for (let i = 0; i < 3; i++) {
      install(authority.issue('localhost'));
      await prometheus.scraped('dave');
    }
    write(webConfigFile, config({ ...HASHES, erin: HASHES.dave }));
    await prometheus.scraped('carol');
    write(webConfigFile, 'tls_server_config: {');
    await prometheus.scraped('carol');
    const seconds = Math.ceil((Date.now() - since) / 1000);
    const worst = await prometheus.query(`min_over_time(up{job=~"dave|carol"}[${seconds}s])`);
    assert.deepEqual(
      worst.map(({ value }) => value),
      [1, 1],
    );
    assert.ok(reloads.filter((outcome) => outcome === 'good').length >= 4);
    assert.equal(reloads.at(-1), 'bad');

    write(webConfigFile, config({ carol: HASHES.carol }));
    await settles('dave', /^down server returned HTTP status 401 Unauthorized$/);
    await settles('carol', /^up$/);
  });

  test('sees when the certificate of the endpoint has expired, and when it is renewed', async () => {
    install(authority.issue('localhost', { expired: true }));
    await settles('carol', /^down .*x509: certificate has expired or is not yet valid/);
    install(authority.issue('localhost'));
    await settles('carol', /^up$/);
  });
});
