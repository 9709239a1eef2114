import type { SecureContextOptions } from 'node:tls';
import { CIPHER_SUITES, CURVES, TLS_VERSIONS } from '../../../config/parsers/tls-names.ts';
import type { TlsConfig } from '../../../config/parsers/web-config.ts';
import type { Certificates } from './certificates.ts';

/** Go does not let one choose among those of TLS 1.3, and a list without one would switch TLS 1.3 off here. */
const TLS13_SUITES = Object.values(CIPHER_SUITES).filter((name) => name.startsWith('TLS_'));

/** Translates the web configuration's TLS settings to options of Node.js. */
export function contextOptions(tls: TlsConfig, { cert, key, ca }: Certificates): SecureContextOptions {
  const { minVersion, maxVersion, cipherSuites, curves } = tls;
  const { constants } = process.getBuiltinModule('node:crypto');
  const isOld = minVersion === 'TLS10' || minVersion === 'TLS11';
  return {
    cert,
    key,
    minVersion: TLS_VERSIONS[minVersion],
    maxVersion: TLS_VERSIONS[maxVersion],
    honorCipherOrder: tls.preferServerCipherSuites,
    // A resumed session would pass by the certificates that have been replaced since.
    secureOptions: constants.SSL_OP_NO_TICKET,
    ...(ca === undefined ? {} : { ca }),
    ...(curves === undefined ? {} : { ecdhCurve: curves.map((name) => CURVES[name]).join(':') }),
    ...ciphersOf(
      cipherSuites?.map((name) => CIPHER_SUITES[name]),
      isOld,
    ),
  };
}

/** OpenSSL has the versions before 1.2 on a lower security level only, which its cipher list sets. */
function ciphersOf(chosen: readonly string[] | undefined, isOld: boolean): { ciphers?: string } {
  if (chosen === undefined && !isOld) return {};
  const older = chosen?.filter((name) => !name.startsWith('TLS_')) ?? ['DEFAULT'];
  return { ciphers: [...TLS13_SUITES, ...older, ...(isOld ? ['@SECLEVEL=0'] : [])].join(':') };
}
