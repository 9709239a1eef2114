import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { reasonOf } from '../../base/reason.ts';
import { type Config, SETTINGS } from '../../config/settings/table.ts';

/** Contents of PEM files. */
export interface TlsFiles {
  readonly ca: Buffer | undefined;
  readonly key: Buffer | undefined;
  readonly cert: Buffer | undefined;
}

/** The files that the OTLP settings name. Throws an error whose text names the setting and the file. */
export async function readTlsFiles(config: Config): Promise<TlsFiles> {
  const [ca, key, cert] = await Promise.all([
    readPem(config, 'otlpCertificate'),
    readPem(config, 'otlpClientKey'),
    readPem(config, 'otlpClientCertificate'),
  ]);
  if (ca !== undefined) check(config, 'otlpCertificate', () => new X509Certificate(ca));
  if (cert !== undefined) check(config, 'otlpClientCertificate', () => createSecureContext({ cert }));
  if (key !== undefined) check(config, 'otlpClientKey', () => createSecureContext({ cert, key }));
  return { ca, key, cert };
}

type FileSetting = 'otlpCertificate' | 'otlpClientKey' | 'otlpClientCertificate';

async function readPem(config: Config, setting: FileSetting): Promise<Buffer | undefined> {
  const path = config[setting];
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new Error(`${describe(config, setting)}, which cannot be read (${reasonOf(error)})`);
  }
}

/** Checks the files now. TLS itself would only report a fault at the first connection, long after the start. */
function check(config: Config, setting: FileSetting, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    const wanted =
      setting === 'otlpClientKey' ? 'the private key of the client certificate' : 'a certificate';
    throw new Error(`${describe(config, setting)}, which must be ${wanted} in PEM form (${reasonOf(error)})`);
  }
}

function describe(config: Config, setting: FileSetting): string {
  return `option ${setting} (${SETTINGS[setting].variables.join(', ')}) names ${config[setting]}`;
}
