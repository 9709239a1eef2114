import { CIPHER_SUITES, CURVES, namesOf, TLS_VERSIONS } from '../../../config/parsers/tls-names.ts';
import type {
  ClientAuth,
  ClientAuthType,
  HeaderName,
  PemSource,
  RateLimit,
  TlsConfig,
  WebConfig,
} from '../../../config/parsers/web-config.ts';
import { Section } from './section.ts';

const CLIENT_AUTH: Readonly<Record<ClientAuthType, ClientAuth>> = {
  NoClientCert: { isRequested: false, isRequired: false, isVerified: false },
  RequestClientCert: { isRequested: true, isRequired: false, isVerified: false },
  RequireAnyClientCert: { isRequested: true, isRequired: true, isVerified: false },
  RequireClientCert: { isRequested: true, isRequired: true, isVerified: false },
  VerifyClientCertIfGiven: { isRequested: true, isRequired: false, isVerified: true },
  RequireAndVerifyClientCert: { isRequested: true, isRequired: true, isVerified: true },
};
const CLIENT_AUTH_TYPES = Object.keys(CLIENT_AUTH) as ClientAuthType[];

/** The headers with the values they can have, where these are few. */
const HEADERS: Readonly<Record<HeaderName, readonly string[] | undefined>> = {
  'Content-Security-Policy': undefined,
  'X-Frame-Options': ['deny', 'sameorigin'],
  'X-Content-Type-Options': ['nosniff'],
  'X-XSS-Protection': undefined,
  'Strict-Transport-Security': undefined,
};

/** The characters of an HTTP field value (RFC 9110, section 5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const BCRYPT_HASH = /^\$2[aby]?\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a web configuration from parsed YAML or an options object. Adds its mistakes to `faults`. */
export function readWebConfig(given: unknown, faults: string[]): WebConfig {
  const whole = new Section(given, '', faults);
  const config = {
    tls: readTls(whole.section('tls_server_config')),
    headers: readHttp(whole.section('http_server_config')),
    users: readUsers(whole.section('basic_auth_users')),
    rateLimit: readRateLimit(whole.section('rate_limit')),
  };
  whole.end();
  return config;
}

/** As in exporter-toolkit, a file wins over a text beside it. */
function readPem(section: Section, key: 'cert' | 'key' | 'client_ca'): PemSource | undefined {
  const text = section.text(key);
  const file = section.text(`${key}_file`);
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}

/** Unlike in exporter-toolkit, a section that sets anything at all must have a certificate. */
function readTls(section: Section): TlsConfig | undefined {
  const certificate = readPem(section, 'cert');
  const key = readPem(section, 'key');
  const clientAuthorities = readPem(section, 'client_ca');
  const authType = section.choice('client_auth_type', CLIENT_AUTH_TYPES) ?? 'NoClientCert';
  const allowedNames = section.texts('client_allowed_sans');
  const minVersion = section.choice('min_version', namesOf(TLS_VERSIONS)) ?? 'TLS12';
  const maxVersion = section.choice('max_version', namesOf(TLS_VERSIONS)) ?? 'TLS13';
  const cipherSuites = section.choices('cipher_suites', namesOf(CIPHER_SUITES));
  const preferServerCipherSuites = section.flag('prefer_server_cipher_suites') ?? true;
  const curves = section.choices('curve_preferences', namesOf(CURVES));
  section.end();
  if (section.isEmpty) return undefined;

  const clientAuth = CLIENT_AUTH[authType];
  if (certificate === undefined) section.fault('cert_file', 'is missing, and cert is too');
  if (key === undefined) section.fault('key_file', 'is missing, and key is too');
  if (minVersion > maxVersion) section.fault('min_version', `is ${minVersion}, which is above max_version`);
  if (!clientAuth.isRequested) {
    const needs = 'has no effect without a client_auth_type that asks for a certificate';
    if (clientAuthorities !== undefined) section.fault('client_ca_file', needs);
    if (allowedNames !== undefined) section.fault('client_allowed_sans', needs);
  }
  const isOpen = clientAuthorities === undefined && allowedNames === undefined;
  if (clientAuth.isRequired && clientAuth.isVerified && isOpen) {
    section.fault(
      'client_ca_file',
      'is missing: anyone with a certificate of a public authority could read the metrics',
    );
  }
  if (certificate === undefined || key === undefined) return undefined;
  return {
    certificate,
    key,
    clientAuthorities,
    clientAuth,
    allowedNames,
    minVersion,
    maxVersion,
    cipherSuites,
    preferServerCipherSuites,
    curves,
  };
}

/** `http2` is read and has no effect: scrapes come one at a time, for which HTTP/1.1 is enough. */
function readHttp(section: Section): WebConfig['headers'] {
  section.flag('http2');
  const headers = section.section('headers');
  section.end();
  const given: [string, string][] = [];
  for (const name of namesOf(HEADERS)) {
    const values = HEADERS[name];
    const value = values === undefined ? headers.text(name) : headers.choice(name, values);
    if (value === undefined) continue;
    if (!FIELD_VALUE.test(value)) headers.fault(name, 'holds a character that a header cannot hold');
    given.push([name, value]);
  }
  headers.end();
  return given;
}

function readUsers(section: Section): ReadonlyMap<string, string> {
  const users = new Map(section.pairs());
  for (const [user, hash] of users) {
    if (!BCRYPT_HASH.test(hash)) section.fault(user, 'must have the bcrypt hash of a password, $2y$…');
    if (user.includes(':')) section.fault(user, 'must not contain a colon (RFC 7617, section 2)');
  }
  return users;
}

function readRateLimit(section: Section): RateLimit | undefined {
  const interval = readDuration(section, 'interval');
  const burst = section.integer('burst') ?? 0;
  section.end();
  if (interval === undefined || interval === 0) return undefined;
  if (burst === 0) section.fault('burst', 'must be at least 1, or no request would ever be answered');
  return { interval, burst };
}

/** Milliseconds, from a duration as Go writes it (`time.ParseDuration`, without signs). */
function readDuration(section: Section, key: string): number | undefined {
  const text = section.scalar(key);
  if (text === undefined || text === '0') return text === undefined ? undefined : 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|ms|s|m|h)/g)];
  if (text !== parts.map(([part]) => part).join('')) {
    section.fault(key, 'must be a duration such as 500ms, 1s or 1m30s');
    return undefined;
  }
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (MILLISECONDS[unit] ?? 0), 0);
}
