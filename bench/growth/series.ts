import { join } from 'node:path';
import {
  type Dimension,
  OPENTELEMETRY,
  PITOT,
  PROM_CLIENT,
  PROMETHEUS_IO,
  SCRAPE_PEERS,
} from './dimension.ts';
import { measureScrapes, startService, stopService } from './scraping.ts';

const PROGRAM = join(import.meta.dirname, 'series-service.mjs');
/** A service of this size takes gigabytes and half a minute, so it is scraped less often. */
const LARGE = 1_000_000;

export const SERIES: Dimension = {
  what: 'series',
  sizes: [1000, 10_000, 100_000, LARGE],
  libraries: [PITOT, PROM_CLIENT, PROMETHEUS_IO, OPENTELEMETRY],
  figures: {
    first: 'first scrape, ms of CPU',
    later: 'later scrapes, ms of CPU',
    memory: 'memory after them, MiB',
  },
  rounds: (size) => (size < LARGE ? 3 : 1),
  description: 'A tenth of the series are histograms of 15 buckets.',
  peers: SCRAPE_PEERS,
  async measure(library, size) {
    const service = await startService(PROGRAM, [library, String(size)]);
    try {
      return await measureScrapes(service, {
        warmUp: size < LARGE ? 4 : 1,
        counted: size < LARGE ? 5 : 3,
      });
    } finally {
      await stopService(service.child);
    }
  },
};
