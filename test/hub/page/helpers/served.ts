import { createServer } from 'node:http';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { type Handler, jsonOf, route } from '../../../../src/hub/http/routing.ts';
import { queryOf } from '../../../../src/hub/page/events.ts';
import { createPage, type Page, type PageOptions } from '../../../../src/hub/page/page.ts';
import type { Ring } from '../../../../src/hub/page/ring.ts';
import type { Frame, MetricList, MetricView } from '../../../../src/hub/page/wire.ts';
import type { Lifetime } from '../../../harness/lifetime.ts';

/**
 * Serves the page with this frame and list, and then with another frame if there is one; metrics and routes have no
 * frames of their own.
 */
export function serveFrame(
  lifetime: Lifetime,
  frame: Frame,
  metrics: readonly MetricView[] = [],
  next?: Promise<Frame>,
): Promise<string> {
  const page = createPage({ collect: () => Promise.reject(new Error('unused')), failed: () => {} });
  const events: Handler = async ({ url }, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const isWhole = !/[?&](metric|operation)=/.test(url ?? '');
    response.write(isWhole ? `id: 1\ndata: ${JSON.stringify(frame)}\n\n` : ':\n\n');
    if (isWhole && next !== undefined) response.write(`id: 2\ndata: ${JSON.stringify(await next)}\n\n`);
  };
  const list: MetricList = { isWhole: true, position: `${frame.run}.1`, total: metrics.length, metrics };
  const given = new Map([
    ...page.handlers,
    ['/page/events', events],
    ['/page/metrics', jsonOf(() => JSON.stringify(list))],
  ]);
  return serve(lifetime, { ...page, handlers: given });
}

/** Serves the page of a history that has ended. Metrics have no frames of their own. */
export function serveHistory(lifetime: Lifetime, ring: Ring): Promise<string> {
  const page = createPage({ collect: () => Promise.reject(new Error('unused')), failed: () => {} });
  const events: Handler = async (request, response) => {
    const query = queryOf(request);
    const operation = query.get('operation');
    const frame =
      operation === null
        ? ring.frame(undefined)
        : ring.operationFrame(query.get('section') ?? '', operation, undefined);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`id: ${ring.position}\ndata: ${JSON.stringify(frame)}\n\n`);
  };
  const past: Handler = (request, ...rest) => {
    const query = queryOf(request);
    const [from, to] = [Number(query.get('from')), Number(query.get('to'))];
    const rows = ring.pastRows(query.get('section') ?? '', from, to);
    return jsonOf(() => JSON.stringify(rows))(request, ...rest);
  };
  const given = new Map([...page.handlers, ['/page/events', events], ['/page/operations', past]]);
  return serve(lifetime, { ...page, handlers: given });
}

/** Serves the page of these metrics. */
export async function servePage(
  lifetime: Lifetime,
  collect: () => CollectionResult,
  options: Partial<PageOptions> = {},
): Promise<string> {
  const page = createPage({
    collect: async () => collect(),
    interval: 100,
    failed: () => {},
    ...options,
  });
  return serve(lifetime, page);
}

async function serve(lifetime: Lifetime, page: Page): Promise<string> {
  const server = createServer(
    route(page.handlers, (error) => {
      throw error;
    }),
  );
  lifetime.after(() => {
    page.close();
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}/`;
}

export interface StreamedEvent {
  readonly id: string;
  readonly frame: Frame;
}

/** The events of a stream until the lifetime ends. */
export async function* eventsOf(
  lifetime: Lifetime,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): AsyncGenerator<StreamedEvent, never> {
  const stop = new AbortController();
  lifetime.after(() => stop.abort());
  const response = await fetch(url, { headers, signal: stop.signal });
  if (response.body === null) throw new Error(`${response.status} without a body`);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const [, id, data] = /^id: (.*)\ndata: (.*)$/s.exec(event) ?? [];
      if (id !== undefined && data !== undefined) yield { id, frame: JSON.parse(data) };
    }
  }
  throw new Error('the stream ended');
}
