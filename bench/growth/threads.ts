import { join } from 'node:path';
import {
  type Dimension,
  OPENTELEMETRY,
  PITOT,
  PROM_CLIENT,
  PROMETHEUS_IO,
  SCRAPE_PEERS,
} from './dimension.ts';
import { countOf, measureScrapes, startService, stopService } from './scraping.ts';

const PROGRAM = join(import.meta.dirname, 'threads-service.mjs');
const PER_THREAD = 1000;

export const THREADS: Dimension = {
  what: 'worker threads',
  sizes: [1, 4, 16, 32],
  libraries: [PITOT, PROM_CLIENT, PROMETHEUS_IO, OPENTELEMETRY],
  figures: { later: 'scrape, ms of CPU', memory: 'memory, MiB' },
  rounds: () => 3,
  description:
    `Every thread records the same ${PER_THREAD} series, a tenth of them histograms of 15 buckets. The prom-clients merge what ` +
    'the threads send them. OpenTelemetry merges nothing: each thread is a target, and a scrape reads all of them.',
  peers: SCRAPE_PEERS,
  async measure(library, size) {
    const service = await startService(PROGRAM, [library, String(size), String(PER_THREAD)]);
    try {
      const { later, memory } = await measureScrapes(service, { warmUp: 4, counted: 5 }, (bodies) => {
        if (countOf(bodies) !== size)
          throw new Error(`${library} counted ${countOf(bodies)} of ${size} threads`);
      });
      return { later, memory };
    } finally {
      await stopService(service.child);
    }
  },
};
