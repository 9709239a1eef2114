import type { CipherSuite, Curve, TlsVersion } from './tls-names.ts';

/**
 * exporter-toolkit's web configuration, by the names it has there: what its file holds, and what the
 * option `webConfig` takes.
 * (prometheus/exporter-toolkit, docs/web-configuration.md)
 */
export interface WebConfigOptions {
  readonly tls_server_config?:
    | {
        readonly cert?: string | undefined;
        readonly key?: string | undefined;
        readonly client_ca?: string | undefined;
        readonly cert_file?: string | undefined;
        readonly key_file?: string | undefined;
        readonly client_ca_file?: string | undefined;
        readonly client_auth_type?: ClientAuthType | undefined;
        readonly client_allowed_sans?: readonly string[] | undefined;
        readonly min_version?: TlsVersion | undefined;
        readonly max_version?: TlsVersion | undefined;
        readonly cipher_suites?: readonly CipherSuite[] | undefined;
        readonly prefer_server_cipher_suites?: boolean | undefined;
        readonly curve_preferences?: readonly Curve[] | undefined;
      }
    | undefined;
  readonly http_server_config?:
    | {
        readonly http2?: boolean | undefined;
        readonly headers?: { readonly [Name in HeaderName]?: string | undefined } | undefined;
      }
    | undefined;
  /** Passwords by user, hashed with bcrypt. */
  readonly basic_auth_users?: Readonly<Record<string, string>> | undefined;
  readonly rate_limit?:
    | {
        /** As Go writes durations: `500ms`, `1m30s`. */
        readonly interval?: string | undefined;
        readonly burst?: number | undefined;
      }
    | undefined;
}

/** A PEM text, in the configuration itself or in a file. */
export type PemSource = { readonly file: string } | { readonly text: string };

/** A web configuration that was read and found good, as far as it can be without the files it names. */
export interface WebConfig {
  readonly tls: TlsConfig | undefined;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** bcrypt hashes by user. */
  readonly users: ReadonlyMap<string, string>;
  readonly rateLimit: RateLimit | undefined;
}

export interface TlsConfig {
  readonly certificate: PemSource;
  readonly key: PemSource;
  readonly clientAuthorities: PemSource | undefined;
  readonly clientAuth: ClientAuth;
  readonly allowedNames: readonly string[] | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly cipherSuites: readonly CipherSuite[] | undefined;
  readonly preferServerCipherSuites: boolean;
  readonly curves: readonly Curve[] | undefined;
}

/** Whether clients need a certificate, and whether it is verified. */
export interface ClientAuth {
  readonly isRequested: boolean;
  readonly isRequired: boolean;
  /** Whether one that is given must be valid and signed by an authority. */
  readonly isVerified: boolean;
}

/** A token bucket that holds `burst` and gains one every `interval` milliseconds. */
export interface RateLimit {
  readonly interval: number;
  readonly burst: number;
}

/** Go's names for `tls.ClientAuthType`; `RequireClientCert` is an older one. */
export type ClientAuthType =
  | 'NoClientCert'
  | 'RequestClientCert'
  | 'RequireAnyClientCert'
  | 'RequireClientCert'
  | 'VerifyClientCertIfGiven'
  | 'RequireAndVerifyClientCert';

/** The headers that can be added to answers; exporter-toolkit has no others. */
export type HeaderName =
  | 'Content-Security-Policy'
  | 'X-Frame-Options'
  | 'X-Content-Type-Options'
  | 'X-XSS-Protection'
  | 'Strict-Transport-Security';
