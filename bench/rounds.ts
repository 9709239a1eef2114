import { median } from './median.ts';

/** An operation to measure: performs it `times` times, in a loop of its own. */
export type Operation = (times: number) => void;

export interface RoundsOptions {
  readonly rounds: number;
  /** About how long one operation is repeated within one round, in milliseconds. */
  readonly slice: number;
}

/**
 * The median time of each operation, in nanoseconds. Every round runs all operations one after the other, and
 * begins with another one. So other work on the machine, the clock of the processor and garbage from the other
 * operations affect all of them alike.
 */
export function measure(
  operations: ReadonlyMap<string, Operation>,
  { rounds, slice }: RoundsOptions,
): ReadonlyMap<string, number> {
  const all = [...operations].map(([name, run]) => {
    const results: number[] = [];
    return { name, run, times: calibrate(run, slice), results };
  });
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < all.length; i++) {
      const one = all[(round + i) % all.length];
      if (one !== undefined) one.results.push(time(one.run, one.times));
    }
  }
  return new Map(all.map(({ name, results }) => [name, median(results)]));
}

/** Warms the operation up until the compiler has settled, and returns the number of operations in a slice. */
function calibrate(run: Operation, slice: number): number {
  let times = 1000;
  for (let i = 0; i < 20; i++) times = Math.max(100, Math.round((slice * 1e6) / time(run, times)));
  return times;
}

function time(run: Operation, times: number): number {
  const start = process.hrtime.bigint();
  run(times);
  return Number(process.hrtime.bigint() - start) / times;
}
