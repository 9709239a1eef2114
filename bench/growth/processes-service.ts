/**
 * A cluster: `processes-service.ts <library> <workers> <series of each>`. The primary sends its parent the URLs to scrape:
 * one for the whole service, or with OpenTelemetry one for each worker.
 */
import cluster from 'node:cluster';
import { OPENTELEMETRY, PITOT } from './dimension.ts';
import { answering, PITOT_URL, promClientOf, recordSeries, serve } from './instruments.ts';

const [, , library = PITOT, workers = '1', series = '1000'] = process.argv;

async function work(): Promise<void> {
  // The registry of a cluster has to be there in the workers as well.
  if (isPromClient()) clusterMetrics();
  const { listener } = recordSeries(library, Number(series));
  process.send?.({ url: listener === undefined ? '' : await serve(listener) });
  setInterval(() => {}, 60_000);
}

async function main(): Promise<void> {
  const urls: string[] = [];
  const own = isPromClient() ? await serve(answering(clusterMetrics())) : PITOT_URL;
  cluster.on('message', (_, message: { readonly url?: string }) => {
    // The prom-clients send messages of their own.
    if (message.url === undefined) return;
    urls.push(message.url);
    if (urls.length === Number(workers)) process.send?.(library === OPENTELEMETRY ? urls : [own]);
  });
  for (let i = 0; i < Number(workers); i++) cluster.fork();
}

function isPromClient(): boolean {
  return library !== PITOT && library !== OPENTELEMETRY;
}

function clusterMetrics(): () => Promise<string> {
  const client = promClientOf(library);
  const Registry = 'ClusterRegistry' in client ? client.ClusterRegistry : client.AggregatorRegistry;
  const registry = new (Registry as typeof client.AggregatorRegistry)();
  return () => registry.clusterMetrics();
}

await (cluster.isPrimary ? main() : work());
