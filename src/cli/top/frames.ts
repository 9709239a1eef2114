import { reasonOf } from '../../base/reason.ts';
import type { Frame } from '../../hub/page/wire.ts';
import { UsageError } from '../command/command.ts';

/** Milliseconds that an endpoint has to answer. */
const PATIENCE = 10_000;

/** Where the stream of an endpoint is, and what to send along. */
export interface Source {
  readonly url: string;
  readonly headers: Headers;
}

/**
 * The source that an endpoint's address names, with or without a path. A user and password in it are sent
 * as basic authentication.
 *
 * @param headers each as `Name: value`
 */
export function sourceOf(address: string, headers: readonly string[]): Source {
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
 * The frames of one stream, until it ends. Throws an error that says what came instead, or why nothing does
 * any more.
 */
export async function* frames({ url, headers }: Source, signal: AbortSignal): AsyncGenerator<Frame> {
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
  const timer = setTimeout(() => late.abort(new Error(`no answer in ${PATIENCE} ms`)), PATIENCE);
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
