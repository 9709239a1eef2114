import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { type DiagLogger, DiagLogLevel } from '@opentelemetry/api';
import { stringify } from 'yaml';
import { diag } from '../../../../src/base/diag.ts';
import type { WebConfigOptions } from '../../../../src/config/parsers/web-config.ts';
import type { Refusal, ServerOptions } from '../../../../src/hub/server.ts';
import { folder, type Pair } from './certificates.ts';
import { start } from './served.ts';

/** A server with a web configuration file, and clients that speak TLS. */

/** bcrypt hashes of `<user>123`; those of carol and dave are exporter-toolkit's own test data. */
export const HASHES = {
  carol: '$2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu',
  dave: '$2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq',
} as const;

export function basic(user: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Writes a file as editors and tools do that replace it as a whole. */
export function write(path: string, content: string | WebConfigOptions): string {
  writeFileSync(path, typeof content === 'string' ? content : stringify(content));
  return path;
}

/** The server's events, besides its answers. */
interface Reports {
  readonly refusals: Refusal[];
  readonly reloads: string[];
}

export async function startSecured(
  t: TestContext,
  config: string | WebConfigOptions,
  options: Partial<ServerOptions> = {},
) {
  const file = write(join(folder(t), 'web.yml'), config);
  const reports: Reports = { refusals: [], reloads: [] };
  const server = await start(t, {
    webConfigFile: file,
    events: {
      refused: (reason) => reports.refusals.push(reason),
      reloaded: (name, isGood) => reports.reloads.push(`${name} ${isGood ? 'good' : 'bad'}`),
    },
    ...options,
  });
  return { ...server, ...reports, file };
}

/** Files in the web configuration's own words. */
export function serverFiles({ cert, key }: Pair): { cert_file: string; key_file: string } {
  return { cert_file: cert, key_file: key };
}

interface Client extends Omit<RequestOptions, 'ca' | 'cert' | 'key'> {
  readonly ca?: string;
  readonly pair?: Pair;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

/** A request over TLS; paths are given where PEM texts are used. */
export async function askTls(port: number, { ca, pair, ...options }: Client = {}): Promise<Answer> {
  const files = {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(pair === undefined ? {} : { cert: readFileSync(pair.cert), key: readFileSync(pair.key) }),
  };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/metrics', agent: false, ...files, ...options }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode, headers: response.headers, body }),
        reject,
      );
    })
      .on('error', reject)
      .end();
  });
}

/** The warnings and errors that are logged while the test runs: `level: line`. */
export function logged(t: TestContext): string[] {
  const lines: string[] = [];
  const ignore = () => {};
  const logger: DiagLogger = {
    error: (line) => lines.push(`error: ${line}`),
    warn: (line) => lines.push(`warning: ${line}`),
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN });
  t.after(() => diag.disable());
  return lines;
}

/** Keeps one connection open, as scrapers do. */
export function keepingAgent(t: TestContext): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  return agent;
}
