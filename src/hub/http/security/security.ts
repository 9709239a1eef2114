import { dirname, resolve } from 'node:path';
import type { SecureContextOptions } from 'node:tls';
import { reasonOf } from '../../../base/reason.ts';
import type { TlsConfig, WebConfig, WebConfigOptions } from '../../../config/parsers/web-config.ts';
import { readCertificates } from './certificates.ts';
import { createRateLimiter } from './rate-limit.ts';
import { readWebConfig } from './read-web-config.ts';
import { type Read, readText, reloading } from './reloading.ts';
import { contextOptions } from './tls-options.ts';
import { readTokens } from './tokens.ts';

export interface SecurityOptions {
  /** A web configuration file as of exporter-toolkit; paths in it are relative to it. */
  readonly webConfigFile?: string | undefined;
  /** The same as an object; paths in it are relative to the working directory. */
  readonly webConfig?: WebConfigOptions | undefined;
  /** A file of bearer tokens, one a line. */
  readonly bearerTokenFile?: string | undefined;
}

/** The files that secure the endpoint. */
export type SecuredFile = 'web_config' | 'bearer_tokens';

interface Reports {
  /** A file has changed. With an `error` the earlier rules stay in force. */
  readonly reloaded: (file: SecuredFile, error: Error | undefined) => void;
}

/** How connections are secured. There is one object for as long as nothing of it changes. */
export interface Tls {
  readonly config: TlsConfig;
  readonly context: SecureContextOptions;
}

/** The rules in force at one moment. */
export interface Rules {
  readonly tls: Tls | undefined;
  readonly headers: WebConfig['headers'];
  readonly users: WebConfig['users'];
  readonly tokens: readonly string[];
  /** Takes a place within the rate limit for one more request; false where there is none. */
  readonly isWithinRate: () => boolean;
}

/** Whether everyone who reaches the endpoint may read the metrics. */
export function isOpen({ tls, users, tokens }: Rules): boolean {
  const { isRequired, isVerified } = tls?.config.clientAuth ?? { isRequired: false, isVerified: false };
  return users.size === 0 && tokens.length === 0 && !(isRequired && isVerified);
}

type WebRules = Omit<Rules, 'tokens'>;

/** The endpoint cannot be opened safely; the message lists every fault, in one line. */
export class SecurityError extends Error {
  override readonly name = 'SecurityError';

  constructor(what: string, faults: readonly string[]) {
    super(`${what}: ${faults.join(' | ')}`);
  }

  /** The text for a failure at the start. */
  get atStart(): string {
    return `${this.message}. The endpoint stays off until the next start.`;
  }
}

/**
 * Reads the settings and files that secure the endpoint.
 *
 * @returns the rules in force, each time with the files as they are now
 * @throws a `SecurityError` when one of them cannot be used
 */
export async function createSecurity(options: SecurityOptions, reports: Reports): Promise<() => Rules> {
  const web = await webRules(options, reports);
  const tokens = bearerTokens(options, reports);
  return () => ({ ...web(), tokens: tokens() });
}

async function webRules(options: SecurityOptions, { reloaded }: Reports): Promise<() => WebRules> {
  const { webConfigFile, webConfig } = options;
  const file = webConfigFile === undefined ? undefined : resolve(webConfigFile);
  const folder = file === undefined ? process.cwd() : dirname(file);
  const what = file === undefined ? 'option webConfig' : `web configuration ${file}`;
  const readYaml = file === undefined ? undefined : (await import('./yaml.ts')).readYaml;

  function load(read: Read, before: WebRules | undefined): WebRules {
    const faults: string[] = [];
    const text = file === undefined ? undefined : readText(read, file, faults);
    const given = text === undefined ? webConfig : readYaml?.(text, faults);
    const config = readWebConfig(given, faults);
    const context = config.tls && contextOf(config.tls, (path) => read(resolve(folder, path)), faults);
    if (faults.length > 0) throw new SecurityError(what, faults);
    const { headers, users, rateLimit } = config;
    const rules: WebRules = {
      tls: config.tls && context && { config: config.tls, context },
      headers,
      users,
      isWithinRate: rateLimit === undefined ? () => true : createRateLimiter(rateLimit),
    };
    const kept = protections(rules);
    const lost = before === undefined ? [] : protections(before).filter((name) => !kept.includes(name));
    if (lost.length > 0) {
      throw new SecurityError(what, [`it no longer has ${lost.join(' and ')}, which needs a restart`]);
    }
    return rules;
  }

  return reloading(load, {
    reloaded: () => reloaded('web_config', undefined),
    failed: (error) => reloaded('web_config', error),
  });
}

function bearerTokens({ bearerTokenFile }: SecurityOptions, { reloaded }: Reports): () => readonly string[] {
  if (bearerTokenFile === undefined) return () => [];
  const file = resolve(bearerTokenFile);

  function load(read: Read): readonly string[] {
    const faults: string[] = [];
    const text = readText(read, file, faults);
    const tokens = text === undefined ? [] : readTokens(text, file, faults);
    if (faults.length > 0) throw new SecurityError('bearer tokens', faults);
    return tokens;
  }

  return reloading(load, {
    reloaded: () => reloaded('bearer_tokens', undefined),
    failed: (error) => reloaded('bearer_tokens', error),
  });
}

function contextOf(tls: TlsConfig, read: Read, faults: string[]): SecureContextOptions | undefined {
  const before = faults.length;
  const options = contextOptions(tls, readCertificates(tls, read, faults));
  if (faults.length > before) return undefined;
  try {
    process.getBuiltinModule('node:tls').createSecureContext(options);
    return options;
  } catch (error) {
    faults.push(`tls_server_config: ${reasonOf(error)}`);
    return undefined;
  }
}

/**
 * A file that is read while it is being written may be cut short, or empty, which is a valid
 * configuration of an endpoint that is open to everybody. So protection is never taken away by a change.
 */
function protections({ tls, users }: WebRules): string[] {
  const clientAuth = tls?.config.clientAuth;
  return [
    ...(tls === undefined ? [] : ['tls_server_config']),
    ...(clientAuth?.isRequired && clientAuth.isVerified ? ['RequireAndVerifyClientCert'] : []),
    ...(users.size === 0 ? [] : ['basic_auth_users']),
  ];
}
