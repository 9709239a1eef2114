/**
 * The service that scrape.ts scrapes: `node scrape-service.ts <library>`, in a process of its own. It tells
 * its parent where to scrape; asked to watch, it looks for how long its event loop keeps a timer waiting,
 * until it is asked to report that. Timers have milliseconds: one is late by up to one on an idle machine.
 */
import { libraries } from './scrape-libraries.ts';

export type Request = 'watch' | 'report';
/** Where to scrape, told once, or the longest stall since `watch`, in milliseconds. */
export type Answer = string | number;

const library = libraries[process.argv[2] ?? ''];
if (library === undefined) throw new Error(`there are ${Object.keys(libraries).join(', ')}`);

/** Milliseconds between two looks: a service that is not busy, which sleeps between what it does. */
const PAUSE = 1;

let isWatching = false;
let longest = 0;
let last = 0;

function look(): void {
  const now = performance.now();
  longest = Math.max(longest, now - last - PAUSE);
  last = now;
  if (isWatching) setTimeout(look, PAUSE);
}

process.on('message', (request: Request) => {
  isWatching = request === 'watch';
  if (isWatching) {
    longest = 0;
    last = performance.now();
    setTimeout(look, PAUSE);
  } else {
    process.send?.(longest satisfies Answer);
  }
});

process.send?.((await library()) satisfies Answer);
