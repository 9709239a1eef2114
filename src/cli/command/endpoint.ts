import { readFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { reasonOf } from '../../base/reason.ts';
import { UsageError } from './command.ts';

/** The time that an endpoint has to answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The longest part of an answer that an error message quotes. */
const MAX_QUOTED = 200;

/** The options of every command that asks an endpoint. */
export const ENDPOINT_OPTIONS = {
  header: {
    type: 'string',
    multiple: true,
    value: "'NAME: VALUE'",
    description: 'Send this header to the endpoint, as for authorization. Can be repeated.',
  },
  ca: {
    type: 'string',
    value: 'FILE',
    description: "Verify the endpoint's certificate with the certificates in this PEM file.",
  },
  cert: {
    type: 'string',
    value: 'FILE',
    description: 'Send the client certificate in this PEM file. Needs --key.',
  },
  key: { type: 'string', value: 'FILE', description: 'The PEM file of the private key of --cert.' },
} as const;

interface EndpointValues {
  readonly header?: readonly string[] | undefined;
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** An endpoint, and how to ask it. */
export interface Endpoint {
  /** The address without credentials. */
  readonly url: URL;
  readonly headers: Headers;
  /** Certificates and key, as `node:tls` takes them. */
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key'>;
}

/**
 * The endpoint at an address. A user and password in the address become basic authentication.
 *
 * @param usage the error text for anything but an HTTP address
 * @throws UsageError for that, for malformed headers, and for files that cannot be read
 */
export function endpointAt(address: string, values: EndpointValues, usage: string): Endpoint {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(usage);
  const headers = new Headers();
  if (url.username !== '' || url.password !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  }
  url.username = '';
  url.password = '';
  for (const header of values.header ?? []) addHeader(headers, header);
  return { url, headers, tls: tlsOf(values) };
}

function addHeader(headers: Headers, text: string): void {
  const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
  try {
    headers.set(name, value);
  } catch {
    throw new UsageError("--header takes a header as in 'Authorization: Bearer …'");
  }
}

function tlsOf({ ca, cert, key }: EndpointValues): Endpoint['tls'] {
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key need each other');
  return {
    ...(ca !== undefined && { ca: readOption('ca', ca) }),
    ...(cert !== undefined && { cert: readOption('cert', cert) }),
    ...(key !== undefined && { key: readOption('key', key) }),
  };
}

function readOption(option: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`--${option} ${file} cannot be read: ${reasonOf(error)}`);
  }
}

/** A GET of the endpoint. Rejects with an error that names the address if there is no answer in time. */
export async function get({ url, headers, tls }: Endpoint, signal?: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { headers: Object.fromEntries(headers), agent: false, ...(signal && { signal }) };
  const request =
    url.protocol === 'https:' ? requestHttps(url, { ...options, ...tls }) : requestHttp(url, options);
  const timer = setTimeout(
    () => request.destroy(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)),
    ANSWER_TIMEOUT_MS,
  );
  request.once('response', resolve).once('error', reject).end();
  try {
    return await promise;
  } catch (error) {
    throw new Error(`${url} cannot be read: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** The error for an answer of another status than 200, with the beginning of its body. */
export async function unexpectedAnswer({ url }: Endpoint, response: IncomingMessage): Promise<Error> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += chunk;
    if (body.length > MAX_QUOTED) break;
  }
  return new Error(`${url} answered ${response.statusCode}: ${body.slice(0, MAX_QUOTED).trim()}`);
}
