import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Sample, seriesKey } from '../harness/samples.ts';
import { until } from '../harness/until.ts';
import { type App, createFleet, type Fleet, joined, sumOf } from '../hub/processes/helpers/fleet.ts';

/** How long processes are killed for. */
const SECONDS = 60;
const PROCESSES = 8;
/** The loss that a killed process may cause: one exchange, and the delay of its start. */
const LOSS = 1100;

/** One process and its client, who knows what was acknowledged. */
interface Seat {
  app: App;
  acknowledged: number;
  /** The requests that were not acknowledged. */
  inFlight: number;
  /** Times and amounts of the latest acknowledgements of the process that is there now. */
  recent: [time: number, amount: number][];
  isStopped: boolean;
  isOver: boolean;
}

test(`totals neither fall nor double while processes, the leader among them, are killed at random for ${SECONDS} s`, {
  timeout: (SECONDS + 60) * 1000,
}, async (t) => {
  const fleet = await createFleet(t);
  const seats: Seat[] = [];
  for (let i = 0; i < PROCESSES; i++) {
    const app = await joined(await fleet.start());
    seats.push({ app, acknowledged: 0, inFlight: 0, recent: [], isStopped: false, isOver: false });
  }
  const random = seeded(t.diagnostic.bind(t));
  let lost = 0;
  let isOver = false;
  const clients = seats.map((seat) => client(seat, () => isOver, random));
  const scraper = scrapeAll(fleet, () => isOver);
  const kills: Record<string, number> = {};

  const end = performance.now() + SECONDS * 1000;
  while (performance.now() < end) {
    await pause(300 + random() * 500);
    const seat = seats[Math.floor(random() * seats.length)];
    if (seat === undefined || seat.isStopped) continue;
    const way = (['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const)[Math.floor(random() * 3)] ?? 'SIGKILL';
    kills[way] = (kills[way] ?? 0) + 1;
    if (way === 'SIGSTOP') void stopForAWhile(seat, random);
    else {
      if (way === 'SIGKILL') lost += sumSince(seat.recent, performance.now() - LOSS);
      await replace(seat, way, fleet);
    }
  }
  isOver = true;
  await Promise.all(clients);
  const { falls, scrapes } = await scraper;
  await until(() => seats.every(({ isStopped }) => !isStopped) || undefined, { what: 'all to go on' });
  const acknowledged = seats.reduce((sum, seat) => sum + seat.acknowledged, 0);
  const inFlight = seats.reduce((sum, seat) => sum + seat.inFlight, 0);
  const last = await until(
    async () => {
      const samples = await fleet.scrape().catch(() => []);
      return sumOf(samples, 'pitot_processes', { pitot_process_state: 'live' }) === PROCESSES
        ? samples
        : undefined;
    },
    { what: 'all processes to be live', instead: async () => JSON.stringify(await fleet.scrape()) },
  );
  const total = sumOf(last, 'jobs_total', { kind: 'a' });
  t.diagnostic(
    `${JSON.stringify(kills)}, ${scrapes} scrapes; counted ${total}, acknowledged ${acknowledged}, in flight ${inFlight}, may be lost ${lost}`,
  );
  assert.deepEqual(falls, []);
  assert.ok(scrapes > SECONDS, `${scrapes} scrapes were answered`);
  assert.ok(total >= acknowledged - lost, `${total} of at least ${acknowledged} less ${lost}`);
  assert.ok(total <= acknowledged + inFlight, `${total} of at most ${acknowledged} and ${inFlight}`);
  assert.equal(sumOf(last, 'took_count') <= acknowledged + inFlight, true);
});

async function client(seat: Seat, isOver: () => boolean, random: () => number): Promise<void> {
  while (!isOver()) {
    const { app } = seat;
    const [path, amount] = random() < 0.01 ? (['/crash-a-thread', 10] as const) : (['/add?n=1', 1] as const);
    seat.inFlight += amount;
    try {
      await app.ask(path);
      seat.inFlight -= amount;
      seat.acknowledged += amount;
      if (app === seat.app) seat.recent.push([performance.now(), amount]);
      if (seat.recent.length > 10_000) seat.recent.splice(0, 5000);
    } catch (error) {
      // The process is being replaced: it may have counted this, unless it never got it.
      if (isRefused(error)) seat.inFlight -= amount;
    }
    await pause(5);
  }
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED';
}

async function replace(seat: Seat, signal: NodeJS.Signals, fleet: Fleet): Promise<void> {
  seat.app.signal(signal);
  await seat.app.ended();
  seat.recent = [];
  seat.app = await joined(await fleet.start());
}

async function stopForAWhile(seat: Seat, random: () => number): Promise<void> {
  seat.isStopped = true;
  seat.app.signal('SIGSTOP');
  await pause(300 + random() * 1500);
  seat.app.signal('SIGCONT');
  // The process works off its backlog before anything else happens to it.
  await pause(1000);
  seat.isStopped = false;
}

/** Scrapes ten times a second and notes each counter and bucket that is lower than it was. */
async function scrapeAll(fleet: Fleet, isOver: () => boolean) {
  const before = new Map<string, number>();
  const falls: string[] = [];
  let scrapes = 0;
  while (!isOver()) {
    const [samples] = await Promise.all([fleet.scrape().catch((): readonly Sample[] => []), pause(100)]);
    if (samples.length > 0) scrapes++;
    for (const { name, labels, value } of samples) {
      if (!/^(jobs_total|took_(bucket|count|sum))$/.test(name)) continue;
      const key = seriesKey(name, labels);
      const last = before.get(key) ?? 0;
      if (value < last) falls.push(`${key} fell from ${last} to ${value} in scrape ${scrapes}`);
      before.set(key, value);
    }
  }
  return { falls, scrapes };
}

function sumSince(recent: Seat['recent'], since: number): number {
  return recent.reduce((sum, [time, amount]) => (time >= since ? sum + amount : sum), 0);
}

/** Random numbers that can be had again: the seed is told. */
function seeded(tell: (text: string) => void): () => number {
  let state = Number(process.env.PITOT_CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));
  tell(`PITOT_CHAOS_SEED=${state}`);
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
