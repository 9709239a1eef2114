import { type Spread, spreadOf } from './statistics.ts';

/** An operation to measure: performs it `times` times, in a loop of its own. */
export type Operation = (times: number) => void;

export interface RoundsOptions {
  readonly rounds: number;
  /** About how long one operation is repeated within one round, in milliseconds. */
  readonly slice: number;
}

/** The most slices that warm an operation up. */
const MAX_SLICES = 20;
/** What is warm is no more than so much faster than before. */
const WARM = 0.97;

/**
 * Every round measures all contestants one after the other, and begins with another one. So other work on the machine,
 * the clock of the processor and garbage of the others affect all of them alike.
 *
 * @returns what was measured of each, in the order of the rounds
 */
export async function inTurn<Contestant, Measured>(
  contestants: readonly Contestant[],
  rounds: number,
  measureOne: (contestant: Contestant, round: number) => Promise<Measured>,
): Promise<Map<Contestant, Measured[]>> {
  const all = new Map(contestants.map((contestant): [Contestant, Measured[]] => [contestant, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of turned(contestants, round)) {
      all.get(contestant)?.push(await measureOne(contestant, round));
    }
  }
  return all;
}

/** The same list, beginning with another one in each round. */
function turned<T>(list: readonly T[], round: number): readonly T[] {
  const first = round % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

/**
 * The time of each operation in nanoseconds. Operations take turns as in {@link inTurn}.
 */
export function measure(
  operations: ReadonlyMap<string, Operation>,
  { rounds, slice }: RoundsOptions,
): ReadonlyMap<string, Spread> {
  const all = [...operations].map(([name, run]) => {
    const results: number[] = [];
    return { name, run, times: calibrate(run, slice), results };
  });
  for (let round = 0; round < rounds; round++) {
    for (const { run, times, results } of turned(all, round)) results.push(time(run, times));
  }
  return new Map(all.map(({ name, results }) => [name, spreadOf(results)]));
}

/** Repeats slices until the operation is warm, and returns the number of operations in a slice. */
function calibrate(run: Operation, slice: number): number {
  let times = 1000;
  const seen: number[] = [];
  while (!isWarm(seen, MAX_SLICES)) {
    seen.push(time(run, times));
    times = Math.max(100, Math.round((slice * 1e6) / seen.at(-1)!));
  }
  return times;
}

function time(run: Operation, times: number): number {
  const start = process.hrtime.bigint();
  run(times);
  return Number(process.hrtime.bigint() - start) / times;
}

/**
 * Runs something until its cost falls no more: at least four times.
 *
 * @param run returns its cost
 * @param most times that it runs
 */
export async function untilWarm(run: () => Promise<number>, most: number): Promise<void> {
  const costs: number[] = [];
  while (!isWarm(costs, most)) costs.push(await run());
}

/** Whether the better of the last two costs is about the best of those before. */
function isWarm(costs: readonly number[], most: number): boolean {
  if (costs.length >= most) return true;
  if (costs.length < 4) return false;
  return Math.min(...costs.slice(-2)) >= WARM * Math.min(...costs.slice(0, -2));
}
