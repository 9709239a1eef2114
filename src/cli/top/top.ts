import { emitKeypressEvents } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '../../base/reason.ts';
import type { Frame } from '../../hub/page/wire.ts';
import { command, UsageError } from '../command/command.ts';
import { frames, type Source, sourceOf } from './frames.ts';
import { linesOf, ORDERS, type Order } from './top-view.ts';

/** Milliseconds before a stream that ended is asked for again. */
const RETRY = 1000;
/** Columns where nobody says how many there are. */
const PLAIN_COLUMNS = 120;

export const top = command({
  usage: '[URL] [options]',
  details: `Shows a service live: whether it is well, its requests, errors and latency by route, its database,
WebSocket and other operations, event loop, CPU and memory. The URL is that of its endpoint; if none is
given, http://localhost at OTEL_EXPORTER_PROMETHEUS_PORT or 9464. A user and password in it are sent along.

Keys: q ends it, s sorts by rate, errors, p95 or total.

Where the output is no terminal, one report of a few seconds is printed as plain text.`,
  options: {
    header: {
      type: 'string',
      multiple: true,
      value: "'NAME: VALUE'",
      description: 'Send this header to the endpoint, as for authorization. Can be repeated.',
    },
  },
  takesArguments: true,
  async run({ values: { header = [] }, args }) {
    const [address = `http://localhost:${ownPort(process.env)}`, ...others] = args;
    if (others.length > 0) throw new UsageError('top takes one address');
    const source = sourceOf(address, header);
    return process.stdout.isTTY ? await watch(source) : await report(source);
  },
});

/** Where a service with the same settings would serve; 0 says nothing of that. */
function ownPort({ OTEL_EXPORTER_PROMETHEUS_PORT: port }: NodeJS.ProcessEnv): number {
  return Number(port) || 9464;
}

/** One report, as soon as there are rates. */
async function report(source: Source): Promise<number> {
  for await (const frame of frames(source, new AbortController().signal)) {
    if (frame.isWhole && frame.times.length < 2) continue;
    const screen = { columns: PLAIN_COLUMNS, rows: undefined, hasColour: false, notice: undefined };
    process.stdout.write(`${linesOf(frame, { ...screen, order: 'rate' }).join('\n')}\n`);
    return 0;
  }
  throw new Error(`${source.url} ended before there was anything to report`);
}

/** The terminal's own screen for as long as it is watched. */
async function watch(source: Source): Promise<number> {
  const stop = new AbortController();
  let order: Order = 'rate';
  let frame: Frame | undefined;
  let notice: string | undefined;

  function draw(): void {
    const { columns, rows } = process.stdout;
    const screen = { columns, rows, hasColour: process.env.NO_COLOR === undefined, order, notice };
    const lines = frame === undefined ? [notice ?? `connecting to ${source.url}`] : linesOf(frame, screen);
    // From the top, each line cleared to its end, and what is below them.
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  }

  const release = takeTerminal({
    resized: draw,
    pressed(key) {
      if (key === 'q') stop.abort();
      if (key === 's') {
        order = ORDERS[(ORDERS.indexOf(order) + 1) % ORDERS.length] ?? 'rate';
        draw();
      }
    },
  });
  try {
    draw();
    while (!stop.signal.aborted) {
      try {
        for await (const next of frames(source, stop.signal)) {
          frame = next;
          notice = undefined;
          draw();
        }
        notice = 'the stream ended; trying again';
      } catch (error) {
        notice = reasonOf(error);
      }
      if (stop.signal.aborted) break;
      draw();
      await pause(RETRY, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    release();
  }
  return 0;
}

interface Terminal {
  resized(): void;
  /** `q` also for Ctrl-C. */
  pressed(key: string): void;
}

/** @returns a function that leaves the terminal as it was */
function takeTerminal({ resized, pressed }: Terminal): () => void {
  const { stdin, stdout } = process;
  const end = () => pressed('q');
  const keyed = (_: string | undefined, { name = '', ctrl = false }: { name?: string; ctrl?: boolean }) => {
    pressed(ctrl && name === 'c' ? 'q' : name);
  };
  // The alternate screen, without a cursor.
  stdout.write('\x1b[?1049h\x1b[?25l');
  stdout.on('resize', resized);
  emitKeypressEvents(stdin);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('keypress', keyed).resume();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  return () => {
    stdout.off('resize', resized);
    stdin.off('keypress', keyed).pause();
    if (stdin.isTTY) stdin.setRawMode(false);
    stdout.write('\x1b[?25h\x1b[?1049l');
  };
}
