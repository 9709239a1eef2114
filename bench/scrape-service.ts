/**
 * The service that scrape.ts scrapes: `node scrape-service.ts <library>`, in a process of its own. It sends its
 * parent the URL to scrape. After `watch` it measures how long its event loop delays a timer, until its parent
 * asks for the result. Timers count milliseconds, so one may be late by up to 1 ms on an idle machine.
 */
import { libraries } from './scrape-libraries.ts';

export type Request = 'watch' | 'report';
/** The URL to scrape, sent once, or the longest stall since `watch`, in milliseconds. */
export type Answer = string | number;

const library = libraries[process.argv[2] ?? ''];
if (library === undefined) throw new Error(`there are ${Object.keys(libraries).join(', ')}`);

/** Milliseconds between two timers. In between the service sleeps, as one does that is not busy. */
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
