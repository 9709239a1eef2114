/**
 * The service that scrape.ts scrapes: `node scrape-service.ts <library>`, in a process of its own. It sends its
 * parent the URL to scrape, and then answers requests:
 *
 * - `watch` measures how long the event loop delays a timer, until `report`. Timers count milliseconds, so one may be
 *   late by up to 1 ms on an idle machine.
 * - `work` does the application's own work, until `count`.
 * - `record` records into every series once.
 */
import { createHash } from 'node:crypto';
import { libraries } from './scrape-libraries.ts';

export type Request = 'watch' | 'report' | 'work' | 'count' | 'record';

/** Since `watch`, in milliseconds. */
export interface Report {
  /** The longest delay of a timer, by the clock. */
  readonly stall: number;
  /** The most processor time of the thread between two timers: other processes do not lengthen it. */
  readonly busy: number;
}

/**
 * The URL to scrape, sent once; the answer to `report`; units of work in a millisecond of the thread's processor time;
 * the request `record`, when it is done.
 */
export type Answer = string | Report | number;

const library = libraries[process.argv[2] ?? ''];
if (library === undefined) throw new Error(`there are ${Object.keys(libraries).join(', ')}`);

/** Milliseconds between two timers. In between the service sleeps, as one does that is not busy. */
const PAUSE = 1;

/** What the service is told to do at the moment. */
let task: Request = 'report';
let stall = 0;
let busy = 0;
let last = 0;
let lastProcessor = 0;
let units = 0;

function watch(): void {
  const now = performance.now();
  const processor = processorTime();
  if (last > 0) {
    stall = Math.max(stall, now - last - PAUSE);
    busy = Math.max(busy, processor - lastProcessor);
  }
  last = now;
  lastProcessor = processor;
  if (task === 'watch') setTimeout(watch, PAUSE);
}

/** Of this thread, in milliseconds. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const BYTES = Buffer.alloc(16 * 1024);

/** A unit of work takes some tens of microseconds; between two of them requests are answered. */
function work(): void {
  createHash('sha256').update(BYTES).digest();
  units++;
  if (task === 'work') setImmediate(work);
}

process.on('message', (request: Request) => {
  if (request === 'record') {
    service.record();
    process.send?.(request satisfies Answer);
    return;
  }
  task = request;
  if (request === 'watch') {
    stall = busy = last = 0;
    watch();
  } else if (request === 'work') {
    units = 0;
    lastProcessor = processorTime();
    work();
  } else {
    const answer: Answer = request === 'report' ? { stall, busy } : units / (processorTime() - lastProcessor);
    process.send?.(answer);
  }
});

const service = await library();
process.send?.(service.url satisfies Answer);
