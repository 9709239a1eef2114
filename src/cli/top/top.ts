import { emitKeypressEvents } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '../../base/reason.ts';
import type { Frame } from '../../hub/page/wire.ts';
import { command, UsageError } from '../command/command.ts';
import { ENDPOINT_OPTIONS, type Endpoint, endpointAt } from '../command/endpoint.ts';
import { readFrames, streamOf } from './sse-client.ts';
import { isSame, linesOf, ORDERS, type Order, operationsOf, type Selected } from './top-view.ts';

/** Milliseconds before the next attempt after a stream has ended. */
const RETRY_DELAY_MS = 1000;
/** Rows by which a key moves the selection. */
const STEPS: Readonly<Record<string, number | undefined>> = { up: -1, down: 1, pageup: -10, pagedown: 10 };
/** The width of a report that does not go to a terminal. */
const REPORT_COLUMNS = 120;

export const top = command({
  usage: '[URL] [options]',
  details: `Shows a service live: its state, its requests, errors and latency by route, its database, WebSocket and
other operations, event loop, CPU and memory. URL is the address of its endpoint, by default http://localhost with the
port in OTEL_EXPORTER_PROMETHEUS_PORT or 9464. A user and password in it become basic authentication.

Keys: q quits, s sorts by rate, errors, p95 or total. The arrow keys, Page Up and Page Down select a row, Enter opens
its own view, and Esc leaves that.

If the output is not a terminal, pitot prints one report as plain text and ends.`,
  options: ENDPOINT_OPTIONS,
  takesArguments: true,
  async run({ values, args }) {
    const [address = `http://localhost:${ownPort(process.env)}`, ...others] = args;
    if (others.length > 0) throw new UsageError('top takes one address');
    const stream = streamOf(
      endpointAt(
        address.includes('://') ? address : `http://${address}`,
        values,
        'top takes the address of an endpoint, such as http://localhost:9464',
      ),
    );
    return process.stdout.isTTY ? await watch(stream) : await report(stream);
  },
});

/** The port of a service with the same environment. 0 stands for any free port, which is unknown. */
function ownPort({ OTEL_EXPORTER_PROMETHEUS_PORT: port }: NodeJS.ProcessEnv): number {
  if (port?.trim().toLowerCase() === 'none') {
    throw new UsageError(
      'OTEL_EXPORTER_PROMETHEUS_PORT is none: top takes the address of a route with a prefix, such as ' +
        'http://localhost:3000/internal',
    );
  }
  return Number(port) || 9464;
}

/** One report, as soon as there are rates. */
async function report(stream: Endpoint): Promise<number> {
  for await (const frame of readFrames(stream, new AbortController().signal)) {
    if (frame.isWhole && frame.times.length < 2) continue;
    const screen = { columns: REPORT_COLUMNS, rows: undefined, hasColour: false, notice: undefined };
    process.stdout.write(`${linesOf(frame, { ...screen, order: 'rate' }).join('\n')}\n`);
    return 0;
  }
  throw new Error(`${stream.url} ended before there was anything to report`);
}

/** Draws frames on the terminal's alternate screen until the user quits. */
async function watch(stream: Endpoint): Promise<number> {
  const stop = new AbortController();
  let order: Order = 'rate';
  let frame: Frame | undefined;
  let notice: string | undefined;
  let selected: Selected | undefined;
  let isOpen = false;

  function draw(): void {
    const { columns, rows } = process.stdout;
    const hasColour = process.env.NO_COLOR === undefined;
    const screen = { columns, rows, hasColour, order, selected, isOpen, notice };
    const lines = frame === undefined ? [notice ?? `connecting to ${stream.url}`] : linesOf(frame, screen);
    // From the top: clears each line to its end, and then the rest of the screen.
    process.stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
  }

  function select(steps: number): void {
    if (frame === undefined) return;
    const all = operationsOf(frame, order);
    const at = all.findIndex((each) => isSame(each, selected));
    // The first key selects the first row.
    const next = at < 0 ? 0 : at + steps;
    selected = all[Math.max(0, Math.min(next, all.length - 1))];
  }

  const release = takeTerminal({
    resized: draw,
    pressed(key) {
      if (key === 'q') stop.abort();
      if (key === 's') order = ORDERS[(ORDERS.indexOf(order) + 1) % ORDERS.length] ?? 'rate';
      if (key === 'return') isOpen = selected !== undefined;
      if (key === 'escape') isOpen = false;
      const steps = STEPS[key];
      if (steps !== undefined) select(steps);
      if (!stop.signal.aborted) draw();
    },
  });
  try {
    draw();
    while (!stop.signal.aborted) {
      try {
        for await (const next of readFrames(stream, stop.signal)) {
          // A frame leaves out stalls that have not changed.
          frame = { ...next, stalls: next.stalls ?? frame?.stalls ?? [] };
          notice = undefined;
          draw();
        }
        notice = 'the stream ended; trying again';
      } catch (error) {
        notice = reasonOf(error);
      }
      if (stop.signal.aborted) break;
      draw();
      await pause(RETRY_DELAY_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    release();
  }
  return 0;
}

interface Terminal {
  resized(): void;
  /** Ctrl-C counts as `q`. */
  pressed(key: string): void;
}

/** @returns a function that restores the terminal */
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
