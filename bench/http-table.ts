import { cpuOf, type Report, rateOf } from './http-run.ts';
import { median, spreadOf, withQuartiles } from './statistics.ts';

/** The processor time comes first: a busy machine changes it least. */
export const HEADER = [
  'CPU a request, µs',
  'of uninstrumented',
  'of pitot',
  'requests/s',
  'of uninstrumented',
  'p50, ms',
  'p99, ms',
] as const;

/**
 * The rows of one framework's table. Ratios compare contestants within the same round.
 *
 * @param reports of each contestant, one report per round
 */
export function rowsOf(reports: ReadonlyMap<string, readonly Report[]>): string[][] {
  const all = (contestant: string, read: (report: Report) => number) =>
    (reports.get(contestant) ?? []).map(read);
  return [...reports].map(([contestant, rounds]) => {
    const ratioTo = (other: string, read: (report: Report) => number) =>
      other === contestant || !reports.has(other) ? '–' : ratio(rounds.map(read), all(other, read));
    return [
      contestant,
      withQuartiles(spreadOf(rounds.map(cpuOf)), 1),
      ratioTo('uninstrumented', cpuOf),
      ratioTo('pitot', cpuOf),
      median(rounds.map(rateOf)).toFixed(0),
      ratioTo('uninstrumented', rateOf),
      median(rounds.map(({ p50 }) => p50 / 1000)).toFixed(2),
      median(rounds.map(({ p99 }) => p99 / 1000)).toFixed(2),
    ];
  });
}

/** Marked where the quartiles are on both sides of 1, so that the rounds show no difference. */
function ratio(ones: readonly number[], others: readonly number[]): string {
  const spread = spreadOf(ones.map((one, round) => one / (others[round] ?? Number.NaN)));
  const isNone = spread.lower <= 1 && spread.upper >= 1;
  return `${withQuartiles(spread, 2).replace(' ', '× ')}${isNone ? ' ≈' : ''}`;
}
