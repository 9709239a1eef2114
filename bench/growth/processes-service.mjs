/**
 * A cluster: `processes-service.mjs <library> <workers> <series of each>`. The primary sends its parent the URLs to scrape:
 * one for the whole service, or with OpenTelemetry one for each worker.
 */
import cluster from 'node:cluster';
import { answering, isPromClient, PITOT_URL, promClientOf, recordSeries, serve } from './instruments.mjs';

const [, , library, workers, series] = process.argv;
// The registry of a cluster has to be there in the workers as well.
const registry = isPromClient(library) ? await clusterRegistry() : undefined;

async function work() {
  const listener = await recordSeries(library, Number(series));
  process.send({ url: listener === undefined ? '' : await serve(listener) });
}

async function main() {
  const urls = [];
  const own = registry === undefined ? PITOT_URL : await serve(answering(() => registry.clusterMetrics()));
  cluster.on('message', (_, message) => {
    // The prom-clients send messages of their own.
    if (message.url === undefined) return;
    urls.push(message.url);
    if (urls.length === Number(workers)) process.send(library === 'OpenTelemetry' ? urls : [own]);
  });
  for (let i = 0; i < Number(workers); i++) cluster.fork();
}

async function clusterRegistry() {
  const { ClusterRegistry, AggregatorRegistry } = await promClientOf(library);
  return new (ClusterRegistry ?? AggregatorRegistry)();
}

await (cluster.isPrimary ? main() : work());
