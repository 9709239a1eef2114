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

const PROGRAM = join(import.meta.dirname, 'processes-service.mjs');
const PER_PROCESS = 1000;

export const PROCESSES: Dimension = {
  what: 'processes',
  sizes: [1, 4, 16, 64],
  libraries: [PITOT, PROM_CLIENT, PROMETHEUS_IO, OPENTELEMETRY],
  figures: { later: 'scrape, ms of CPU', memory: 'memory, MiB' },
  rounds: () => 2,
  description:
    `A cluster of so many workers and their primary. Every worker records the same ${PER_PROCESS} series, a tenth of them ` +
    'histograms of 15 buckets. OpenTelemetry merges nothing: each worker is a target, and a scrape reads all of them.',
  peers: SCRAPE_PEERS,
  async measure(library, size) {
    const service = await startService(PROGRAM, [library, String(size), String(PER_PROCESS)]);
    try {
      const { later, memory } = await measureScrapes(service, { warmUp: 3, counted: 5 }, (bodies) => {
        if (countOf(bodies) !== size) {
          throw new Error(`${library} counted ${countOf(bodies)} of ${size} processes`);
        }
      });
      return { later, memory };
    } finally {
      await stopService(service.child);
    }
  },
};
