/** Requests that a program sends to itself. */
export const REQUESTS = 5;

/** How a program gets a package. */
export type ModuleKind = 'ESM' | 'CommonJS';

/** The output of {@link tracedProgram} at its end. */
export interface TracedRun {
  readonly spans: readonly {
    name: string;
    kind: number;
    traceId: string;
    parent: string | undefined;
    id: string;
  }[];
  /** The endpoint's text in OpenMetrics; empty without pitot. */
  readonly metrics: string;
}

/** Sets up tracing with spans in memory, and the official instrumentation of HTTP, for any SDK from 1.30 to 3. */
export function tracingSetUp(kind: ModuleKind, sdk: string): string {
  const hooks =
    kind === 'ESM'
      ? "import { register } from 'node:module';\nregister('@opentelemetry/instrumentation/hook.mjs', import.meta.url);\n"
      : '';
  return `${hooks}${imports(kind, {
    api: '@opentelemetry/api',
    sdk,
    contexts: '@opentelemetry/context-async-hooks',
    http: '@opentelemetry/instrumentation-http',
  })}
globalThis.finishedSpans = [];
const nothing = async () => {};
const keep = { onStart() {}, onEnd: (span) => finishedSpans.push(span), forceFlush: nothing, shutdown: nothing };
const spanProcessors = [keep];
if (sdk.NodeTracerProvider) {
  new sdk.NodeTracerProvider({ spanProcessors }).register();
} else {
  api.trace.setGlobalTracerProvider(new sdk.TracerProvider({ spanProcessors }));
  api.context.setGlobalContextManager(new contexts.AsyncLocalStorageContextManager().enable());
}
new http.HttpInstrumentation();
`;
}

/** A service that answers ${REQUESTS} requests, each with a span and a count of its own, and tells what came of it. */
export function tracedProgram(kind: ModuleKind): string {
  return `${imports(kind, { api: '@opentelemetry/api', http: 'node:http' })}
const orders = api.metrics.getMeter('shop').createCounter('shop.orders');
const tracer = api.trace.getTracer('shop');
const server = http.createServer((request, response) => {
  tracer.startActiveSpan('order', (span) => {
    orders.add(1, { channel: 'web' });
    span.end();
    response.end('ok');
  });
});
server.listen(0, '127.0.0.1', async () => {
  for (let n = 0; n < ${REQUESTS}; n++) await (await fetch('http://127.0.0.1:' + server.address().port)).text();
  const spans = globalThis.finishedSpans ?? [];
  const port = process.env.OTEL_EXPORTER_PROMETHEUS_PORT;
  const headers = { accept: 'application/openmetrics-text' };
  const scrape = () => fetch('http://127.0.0.1:' + port + '/metrics', { headers }).then((response) => response.text());
  let metrics;
  for (let tries = 0; port !== undefined && metrics === undefined && tries < 100; tries++) {
    metrics = await scrape().catch(() => new Promise((resolve) => setTimeout(resolve, 50)));
  }
  console.log(JSON.stringify({
    spans: spans.map((span) => ({
      name: span.name, kind: span.kind, traceId: span.spanContext().traceId, id: span.spanContext().spanId,
      parent: span.parentSpanContext?.spanId ?? span.parentSpanId,
    })),
    metrics,
  }));
  process.exit();
});
`;
}

function imports(kind: ModuleKind, packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages)
    .map(([name, path]) =>
      kind === 'ESM'
        ? // A namespace's default is the exports object of a CommonJS package.
          `import * as ${name}Names from '${path}';\nconst ${name} = ${name}Names.default ?? ${name}Names;`
        : `const ${name} = require('${path}');`,
    )
    .join('\n');
}

/** The sum of the samples of one name in an exposition. */
export function total(metrics: string, name: string): number {
  return samplesOf(metrics, name).reduce(
    (sum, line) => sum + Number(/(?<=[} ])\S+/.exec(line.replace(/^[^{ ]*(\{[^}]*\})? ?/, ' '))?.[0]),
    0,
  );
}

/** The trace ids of the exemplars of one name. */
export function exemplarTraces(metrics: string, name: string): readonly string[] {
  return samplesOf(metrics, name).flatMap((line) => / # \{.*trace_id="([0-9a-f]+)"/.exec(line)?.[1] ?? []);
}

function samplesOf(metrics: string, name: string): readonly string[] {
  return metrics.split('\n').filter((line) => line.startsWith(name) && /^[{ ]/.test(line.slice(name.length)));
}
