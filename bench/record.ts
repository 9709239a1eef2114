/** The cost of one recording for the thread that makes it, beside the peers. See README.md. */
import { type Contestant, contestants } from './record-contestants.ts';
import { table, writeResults } from './results.ts';
import { measure, type Operation } from './rounds.ts';
import { beside, MARK } from './statistics.ts';

const OPERATIONS = [
  ['counter', 'counter, 3 labels'],
  ['boundCounter', 'counter, bound'],
  ['histogram', 'histogram of 15 buckets, 3 labels'],
  ['boundHistogram', 'histogram of 15 buckets, bound'],
  ['exponential', 'exponential histogram, 3 labels'],
  ['boundExponential', 'exponential histogram, bound'],
] as const;

const operations = new Map<string, Operation>();
for (const contestant of contestants) {
  for (const [key] of OPERATIONS) {
    const operation = contestant[key];
    if (operation !== undefined) operations.set(`${contestant.name} ${key}`, operation);
  }
}
const nanoseconds = measure(operations, { rounds: 31, slice: 40 });

/** Nanoseconds, and the ratio to pitot's time for the same operation. */
function cell({ name }: Contestant, key: string): string {
  const own = nanoseconds.get(`${name} ${key}`);
  const pitot = nanoseconds.get(`pitot ${key}`);
  if (own === undefined || pitot === undefined) return '–';
  return beside(pitot, own, 1);
}

const rows = OPERATIONS.map(([key, text]) => [
  text,
  ...contestants.map((contestant) => cell(contestant, key)),
]);
const peers = contestants.flatMap(({ peer }) => peer ?? []);
const header = ['ns per recording', ...contestants.map(({ name }) => name)];
writeResults('record', `${table(header, rows)}\n\n${MARK}`, peers);
