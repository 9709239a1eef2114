import type { KeyObject, X509Certificate } from 'node:crypto';
import type { PemSource, TlsConfig } from '../../../config/parsers/web-config.ts';
import { type Read, readText } from './reloading.ts';

/** PEM texts that belong together: the server's certificate with its chain, its key, and whom it trusts. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Reads the files that a TLS configuration names. Adds their faults to `faults`. */
export function readCertificates(tls: TlsConfig, read: Read, faults: string[]): Certificates {
  const cert = textOf(tls.certificate, read, faults);
  const key = textOf(tls.key, read, faults);
  const ca = tls.clientAuthorities && textOf(tls.clientAuthorities, read, faults);

  const parsedKey = key === undefined ? undefined : parseKey(key);
  const [parsedCert] = cert === undefined ? [] : parseCertificates(cert);
  if (cert !== undefined && parsedCert === undefined)
    faults.push(`${nameOf(tls.certificate, 'cert')} holds no certificate`);
  if (key !== undefined && parsedKey === undefined)
    faults.push(`${nameOf(tls.key, 'key')} holds no private key, or one with a passphrase`);
  if (parsedKey !== undefined && parsedCert?.checkPrivateKey(parsedKey) === false) {
    faults.push(
      `${nameOf(tls.key, 'key')} is not the key of the certificate in ${nameOf(tls.certificate, 'cert')}`,
    );
  }
  if (tls.clientAuthorities !== undefined && ca !== undefined && parseCertificates(ca).length === 0) {
    faults.push(`${nameOf(tls.clientAuthorities, 'client_ca')} holds no certificate`);
  }
  return { cert: cert ?? '', key: key ?? '', ca };
}

function textOf(source: PemSource, read: Read, faults: string[]): string | undefined {
  return 'text' in source ? source.text : readText(read, source.file, faults);
}

function nameOf(source: PemSource, key: string): string {
  return 'file' in source ? source.file : `tls_server_config.${key}`;
}

/** The certificates of a PEM text, the first one first; none where one of them cannot be read. */
function parseCertificates(pem: string): X509Certificate[] {
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  try {
    return (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  } catch {
    return [];
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return process.getBuiltinModule('node:crypto').createPrivateKey(pem);
  } catch {
    return undefined;
  }
}
