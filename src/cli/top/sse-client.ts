import type { Frame } from '../../hub/page/wire.ts';
import { type Endpoint, get, unexpectedAnswer } from '../command/endpoint.ts';

/**
 * The stream of frames of an endpoint. The address may be that of the metrics, or the prefix of an application's own
 * route.
 */
export function streamOf({ url, headers, tls }: Endpoint): Endpoint {
  const accepting = new Headers(headers);
  accepting.set('accept', 'text/event-stream');
  const prefix = url.pathname.replace(/\/(metrics)?$/, '');
  return { url: new URL(`${prefix}/page/events`, url.origin), headers: accepting, tls };
}

/**
 * The frames of one stream until it ends. Each is the `data` of one server-sent event (WHATWG HTML, "Server-sent
 * events"), which the hub writes on one line.
 *
 * @throws when the endpoint cannot be reached, answers with anything but the stream, or breaks it off
 */
export async function* readFrames(stream: Endpoint, signal: AbortSignal): AsyncGenerator<Frame> {
  const response = await get(stream, signal);
  if (response.statusCode === 404)
    throw new Error(`${stream.url} is not there; is the page off (PITOT_PAGE)?`);
  if (response.statusCode !== 200) throw await unexpectedAnswer(stream, response);
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}
