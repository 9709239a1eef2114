/**
 * A service of worker threads: `threads-service.ts <library> <threads> <series of each>`. It sends its parent the URLs to
 * scrape: one for the whole service, or with OpenTelemetry one for each thread. The prom-clients merge only clusters
 * by themselves; here the main thread asks every thread for its metrics at each scrape and adds them up, with the
 * function that they have for that.
 */
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { OPENTELEMETRY, PITOT } from './dimension.ts';
import { answering, PITOT_URL, promClientOf, recordSeries, serve } from './instruments.ts';

const [library = PITOT, threads = '1', series = '1000']: string[] = isMainThread
  ? process.argv.slice(2)
  : workerData;

async function work(): Promise<void> {
  const { listener } = recordSeries(library, Number(series));
  if (listener !== undefined) parentPort?.postMessage(await serve(listener));
  else parentPort?.postMessage('ready');
  if (library === PITOT) setInterval(() => {}, 60_000);
  const { register } = promClientOf(library);
  parentPort?.on('message', () => {
    void register.getMetricsAsJSON().then((metrics) => parentPort?.postMessage(metrics));
  });
}

async function main(): Promise<void> {
  const workers = Array.from(
    { length: Number(threads) },
    () => new Worker(import.meta.filename, { workerData: [library, threads, series] }),
  );
  const answers = () =>
    Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as unknown));
  const urls = await answers();
  if (library === OPENTELEMETRY) process.send?.(urls);
  else if (library === PITOT) process.send?.([PITOT_URL]);
  else {
    const { AggregatorRegistry } = promClientOf(library);
    const merged = async () => {
      const metrics = answers();
      for (const worker of workers) worker.postMessage('metrics');
      return AggregatorRegistry.aggregate((await metrics) as object[]).metrics();
    };
    process.send?.([await serve(answering(merged))]);
  }
}

await (isMainThread ? main() : work());
