// Makes a series and removes the one of a thousand before, as often as the argument says; half of them come again.
import { setImmediate } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('app');
const visits = meter.createCounter('visits');
const rounds = meter.createCounter('rounds');
const all = Number(process.argv[2]);
const KEPT = 1000;
const idOf = (round) => (round % 2 === 0 ? round : round % 9001);
for (let round = 0; round < all; round++) {
  if (round >= KEPT) visits.remove({ visitor: `visitor ${idOf(round - KEPT)}` });
  visits.add(1, { visitor: `visitor ${idOf(round)}` });
  rounds.add(1);
  // The hub frees the cells of removed series.
  if (round % 1000 === 0) await setImmediate();
  if ((round + 1) % (all / 10) === 0) console.log(`${(round + 1) / (all / 10)} tenths`);
}
setInterval(() => {}, 1000);
