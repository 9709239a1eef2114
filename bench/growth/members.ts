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

/** The processes or the threads of one service, each with the same series. */
type Members = Pick<Dimension, 'what' | 'sizes' | 'rounds' | 'description'> & {
  /** Started with the library, the number of members, and the series of each. */
  readonly program: string;
  /** Scrapes before those that count. */
  readonly warmUp: number;
};

const SERIES = 1000;

export const PROCESSES = growing({
  what: 'processes',
  sizes: [1, 4, 16, 64],
  rounds: () => 2,
  description:
    `A cluster of so many workers and their primary. Every worker records the same ${SERIES} series, a tenth of them ` +
    'histograms of 15 buckets. OpenTelemetry merges nothing: each worker is a target, and a scrape reads all of them.',
  program: 'processes-service.mjs',
  warmUp: 3,
});

export const THREADS = growing({
  what: 'worker threads',
  sizes: [1, 4, 16, 32],
  rounds: () => 3,
  description:
    `Every thread records the same ${SERIES} series, a tenth of them histograms of 15 buckets. The prom-clients merge what ` +
    'the threads send them. OpenTelemetry merges nothing: each thread is a target, and a scrape reads all of them.',
  program: 'threads-service.mjs',
  warmUp: 4,
});

function growing({ program, warmUp, ...rest }: Members): Dimension {
  return {
    ...rest,
    libraries: [PITOT, PROM_CLIENT, PROMETHEUS_IO, OPENTELEMETRY],
    figures: { later: 'scrape, ms of CPU', memory: 'memory, MiB' },
    peers: SCRAPE_PEERS,
    async measure(library, size) {
      const path = join(import.meta.dirname, program);
      const service = await startService(path, [library, String(size), String(SERIES)]);
      try {
        const { later, memory } = await measureScrapes(service, { warmUp, counted: 5 }, (bodies) => {
          const count = countOf(bodies);
          if (count !== size) throw new Error(`${library} counted ${count} of ${size} ${rest.what}`);
        });
        return { later, memory };
      } finally {
        await stopService(service.child);
      }
    },
  };
}
