import { reasonOf } from '../../base/reason.ts';
import { UsageError } from './command.ts';

/** The time that an endpoint has to answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * One answer of a metrics endpoint in the text format 0.0.4. A user and password in the URL are sent as
 * basic authentication. Throws an error that describes any other answer.
 *
 * @param headers each as `Name: value`
 */
export async function scrape(address: string, headers: readonly string[]): Promise<string> {
  const { url, authorization } = urlOf(address);
  const sent = new Headers({ accept: 'text/plain;version=0.0.4' });
  if (authorization !== undefined) sent.set('authorization', authorization);
  for (const header of headers) addHeader(sent, header);
  let response: Response;
  let body: string;
  try {
    response = await fetch(url, { headers: sent, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    body = await response.text();
  } catch (error) {
    throw new Error(`${url} cannot be read: ${reasonOf(error)}`);
  }
  const type = response.headers.get('content-type') ?? 'no content type';
  if (response.status !== 200)
    throw new Error(`${url} answered ${response.status}: ${body.slice(0, 200).trim()}`);
  if (!/^text\/plain\b/i.test(type)) {
    throw new Error(
      `${url} answered with ${type}, not with the Prometheus text format; is that the endpoint's path?`,
    );
  }
  return body;
}

function urlOf(address: string): { readonly url: string; readonly authorization: string | undefined } {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new UsageError('--check takes the URL of an endpoint, such as http://localhost:9464/metrics');
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { url: url.href, authorization };
}

function addHeader(headers: Headers, text: string): void {
  const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(text) ?? [];
  try {
    headers.set(name, value);
  } catch {
    throw new UsageError("--header takes a header as in 'Authorization: Bearer …'");
  }
}
