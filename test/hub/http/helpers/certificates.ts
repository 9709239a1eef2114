import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lifetime } from '../../../harness/lifetime.ts';
import { program } from '../../../harness/programs.ts';

/** The paths of a certificate and its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface Authority extends Pair {
  /** A certificate signed by the authority, valid from yesterday until tomorrow unless it is to have expired. */
  issue(name: string, options?: { readonly names?: string; readonly expired?: boolean }): Pair;
}

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const DAY = 24 * 60 * 60 * 1000;

/** A folder that goes with the lifetime. */
export function folder(lifetime: Lifetime): string {
  const path = mkdtempSync(join(tmpdir(), 'pitot-security-'));
  lifetime.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Makes a certificate authority, with Debian's `openssl`. */
export function createAuthority(lifetime: Lifetime, subject = 'authority'): Authority {
  const path = folder(lifetime);
  const at = (file: string) => join(path, file);
  const openssl = (...args: string[]) => execFileSync(program('openssl'), args, { cwd: path, stdio: 'pipe' });
  writeFileSync(at('index.txt'), '');
  writeFileSync(
    at('ca.cnf'),
    [
      '[ca]\ndefault_ca = own',
      '[own]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes\ndefault_md = sha256',
      'policy = any\ncopy_extensions = copy\nunique_subject = no',
      '[any]\ncommonName = supplied\n',
    ].join('\n'),
  );
  const [cert, key] = [at('ca.pem'), at('ca.key')];
  openssl('req', '-x509', ...EC_KEY, '-keyout', key, '-out', cert, '-subj', `/CN=${subject}`, '-days', '2');
  let issued = 0;
  return {
    cert,
    key,
    issue(name, { names = 'DNS:localhost,IP:127.0.0.1', expired = false } = {}) {
      const file = at(`${++issued}`);
      const pair = { cert: `${file}.pem`, key: `${file}.key` };
      const request = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`];
      openssl('req', ...EC_KEY, '-keyout', pair.key, '-out', `${file}.csr`, ...request);
      const validity = ['-startdate', time(-DAY), '-enddate', time(expired ? -DAY / 2 : DAY)];
      const files = ['-in', `${file}.csr`, '-out', pair.cert, '-keyfile', key, '-cert', cert];
      openssl('ca', '-batch', '-config', 'ca.cnf', '-notext', ...files, ...validity);
      return pair;
    },
  };
}

/** As ASN.1 writes times. */
function time(fromNow: number): string {
  return new Date(Date.now() + fromNow).toISOString().replace(/[-:T]|\.\d+/g, '');
}
