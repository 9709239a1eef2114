import { reasonOf } from '../../base/reason.ts';
import type { Frame } from '../../hub/page/wire.ts';
import { UsageError } from '../command/command.ts';

/** Milliseconds within which the endpoint must answer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** The address of an endpoint's stream, and the headers to request it with. */
export interface StreamAddress {
  readonly url: string;
  readonly headers: Headers;
}

/**
 * The stream of an endpoint, whose address may have a path. A user and password in the address become basic
 * authentication.
 *
 * @param headers each as `Name: value`
 * @throws UsageError for anything but an HTTP address and well-formed headers
 */
export function streamAddress(address: string, headers: readonly string[]): StreamAddress {
  const url = URL.parse(address.includes('://') ? address : `http://${address}`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError('top takes the address of an endpoint, such as http://localhost:9464');
  }
  const sent = new Headers({ accept: 'text/event-stream' });
  if (url.username !== '' || url.password !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    sent.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  }
  for (const header of headers) {
    const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(header) ?? [];
    try {
      sent.set(name, value);
    } catch {
      throw new UsageError("--header takes a header as in 'Authorization: Bearer …'");
    }
  }
  return { url: new URL('/page/events', url.origin).href, headers: sent };
}

/**
 * The frames of one stream until it ends. Each is the `data` of one server-sent event (WHATWG HTML, "Server-sent
 * events"), which the hub writes on one line.
 *
 * @throws when the endpoint cannot be reached, answers with anything but the stream, or breaks it off
 */
export async function* readFrames(
  { url, headers }: StreamAddress,
  signal: AbortSignal,
): AsyncGenerator<Frame> {
  const response = await answerOf(url, headers, signal);
  let text = '';
  for await (const chunk of response.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

async function answerOf(
  url: string,
  headers: Headers,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`no answer in ${ANSWER_TIMEOUT_MS} ms`)),
    ANSWER_TIMEOUT_MS,
  );
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: AbortSignal.any([signal, late.signal]) });
  } catch (error) {
    throw new Error(`${url} cannot be read: ${reasonOf(error)}`);
  } finally {
    clearTimeout(timer);
  }
  if (response.status === 404) throw new Error(`${url} is not there; is the page off (PITOT_PAGE)?`);
  if (response.status !== 200 || response.body === null) {
    const body = (await response.text()).slice(0, 200).trim();
    throw new Error(`${url} answered ${response.status}: ${body}`);
  }
  return response.body;
}
