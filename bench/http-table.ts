import { median } from './median.ts';

/** The measurements of a service in one round. */
export interface Report {
  readonly requests: number;
  /** For how long requests were sent, in microseconds. */
  readonly duration: number;
  /** Latencies, in microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Time that all threads of the service had of its processor meanwhile, in microseconds. */
  readonly cpu: number;
}

export const HEADER = [
  'requests/s',
  'of uninstrumented',
  "pitot's are",
  'p50, ms',
  'p99, ms',
  'CPU a request, µs',
  'CPU of uninstrumented',
] as const;

/**
 * The rows of one framework's table, each with the medians of a contestant's rounds. Ratios compare contestants within
 * the same round; the table also shows the smallest and the largest.
 *
 * @param reports of each contestant, one report per round
 */
export function rowsOf(reports: ReadonlyMap<string, readonly Report[]>): string[][] {
  const rates = (contestant: string) => (reports.get(contestant) ?? []).map(rateOf);
  const bare = (reports.get('uninstrumented') ?? []).map(cpuOf);
  return [...reports].map(([contestant, rounds]) => {
    const own = rates(contestant);
    const number = (read: (report: Report) => number, digits: number) =>
      median(rounds.map(read)).toFixed(digits);
    return [
      contestant,
      number(rateOf, 0),
      contestant === 'uninstrumented' ? '–' : ratio(own, rates('uninstrumented')),
      contestant === 'pitot' ? '–' : ratio(rates('pitot'), own),
      number(({ p50 }) => p50 / 1000, 2),
      number(({ p99 }) => p99 / 1000, 2),
      number(cpuOf, 1),
      contestant === 'uninstrumented' ? '–' : ratio(rounds.map(cpuOf), bare),
    ];
  });
}

/** Requests per second. */
export function rateOf({ requests, duration }: Report): number {
  return (1e6 * requests) / duration;
}

/** Microseconds of CPU time a request. */
function cpuOf({ cpu, requests }: Report): number {
  return cpu / requests;
}

function ratio(ones: readonly number[], others: readonly number[]): string {
  const ratios = ones.map((one, round) => one / (others[round] ?? Number.NaN));
  const [least, middle, greatest] = [Math.min(...ratios), median(ratios), Math.max(...ratios)];
  return `${middle.toFixed(2)}× (${least.toFixed(2)}–${greatest.toFixed(2)})`;
}
