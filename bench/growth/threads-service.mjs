/**
 * A service of worker threads: `threads-service.mjs <library> <threads> <series of each>`. It sends its parent the URLs to
 * scrape: one for the whole service, or with OpenTelemetry one for each thread. prom-client merges only clusters; with it
 * the main thread asks every thread for its metrics at each scrape, and adds them up with prom-client's function.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { answering, isPromClient, PITOT_URL, promClientOf, recordSeries, serve } from './instruments.mjs';

const [library, threads, series] = isMainThread ? process.argv.slice(2) : workerData;
const client = isPromClient(library) ? await promClientOf(library) : undefined;
/** @prometheus-io/client has one for threads, which has to be there in all of them. */
const registry = client?.WorkerRegistry === undefined ? undefined : new client.WorkerRegistry();

async function work() {
  const listener = await recordSeries(library, Number(series));
  parentPort.on('message', async () => parentPort.postMessage(await client.register.getMetricsAsJSON()));
  parentPort.postMessage(listener === undefined ? '' : await serve(listener));
}

async function main() {
  const workers = Array.from(
    { length: Number(threads) },
    () => new Worker(import.meta.filename, { workerData: [library, threads, series] }),
  );
  const answers = () => Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  const merged = async () => {
    const metrics = answers();
    for (const worker of workers) worker.postMessage('metrics');
    return client.AggregatorRegistry.aggregate(await metrics).metrics();
  };
  const urls = await answers();
  if (library === 'OpenTelemetry') process.send(urls);
  else if (library === 'pitot') process.send([PITOT_URL]);
  else
    process.send([await serve(answering(registry === undefined ? merged : () => registry.workerMetrics()))]);
}

await (isMainThread ? main() : work());
