/**
 * How the cost of metrics grows, beside the peers: `node bench/growth/main.ts series|processes|threads|connections
 * [largest]`. With a largest size it only prints its results. See README.md.
 */
import { type Line, writeChart } from '../chart.ts';
import { table, writeResults } from '../results.ts';
import { inTurn } from '../rounds.ts';
import { beside, MARK, type Spread, spreadOf } from '../statistics.ts';
import { CONNECTIONS } from './connections.ts';
import { type Dimension, type Figures, PITOT } from './dimension.ts';
import { PROCESSES, THREADS } from './members.ts';
import { SERIES } from './series.ts';

const DIMENSIONS: Readonly<Record<string, Dimension>> = {
  series: SERIES,
  processes: PROCESSES,
  threads: THREADS,
  connections: CONNECTIONS,
};

const [, , name = '', largest] = process.argv;
const dimension = DIMENSIONS[name];
if (dimension === undefined) throw new Error(`what grows is one of ${Object.keys(DIMENSIONS).join(', ')}`);
const { what, libraries, figures, rounds, description, peers } = dimension;
const sizes = dimension.sizes.filter((size) => size <= Number(largest ?? Number.POSITIVE_INFINITY));

dimension.prepare?.();
/** By size and library, one for each service. */
const measured = new Map<number, Map<string, readonly Figures[]>>();
for (const size of sizes) {
  const ofSize = await inTurn(libraries, rounds(size), (library) => {
    console.error(`${size} ${what}: ${library}`);
    return dimension.measure(library, size).catch((error: unknown): Figures => {
      // A peer may have its limits; the run goes on without it.
      if (library === PITOT) throw error;
      console.error(error);
      return {};
    });
  });
  measured.set(size, ofSize);
}

function spread(library: string, size: number, figure: string): Spread {
  const services = measured.get(size)?.get(library) ?? [];
  return spreadOf(services.flatMap((one) => one[figure] ?? []));
}

const rows = sizes.flatMap((size) =>
  libraries.map((library) => [
    `${size.toLocaleString('en-US')}, ${library}`,
    ...Object.keys(figures).map((figure) => {
      const own = spread(PITOT, size, figure);
      const one = library === PITOT ? own : spread(library, size, figure);
      return Number.isNaN(one.median) ? 'failed' : beside(own, one, one.median < 10 ? 1 : 0);
    }),
  ]),
);
const counts = [...new Set(sizes.map((size) => rounds(size)))].join(' or ');
const results = `${description} Medians of ${counts} services of each library and size, which take turns.`;
const markdown = [results, table([what, ...Object.values(figures)], rows), MARK].join('\n\n');
if (largest === undefined)
  writeResults(`growth in ${what}`, `${markdown}\n\n${pictures().join('\n')}`, peers);
else console.log(markdown);

function pictures(): string[] {
  return Object.entries(figures).map(([figure, title]) => {
    const lines: Line[] = libraries.map((library) => ({
      name: library,
      points: sizes
        .map((size) => [size, spread(library, size, figure).median] as const)
        .filter(([, value]) => !Number.isNaN(value)),
    }));
    const file = writeChart(`${name}-${figure}`, title, [what, title.replace(/^.*, /, '')], lines);
    return `![${title}](${file})`;
  });
}
