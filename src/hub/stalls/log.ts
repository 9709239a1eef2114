import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { oneLine } from '../../base/one-line.ts';
import type { StackFrame } from '../../model/stack-cells.ts';
import type { Cause } from './cause.ts';
import type { WaitingRoute } from './routes.ts';
import type { Stall, Thread } from './stalls.ts';

/** Stalls that are kept. */
const MAX_STALLS = 20;
/** Frames in a line of the log. */
const MAX_LINE_FRAMES = 4;
const MAX_LINE_ROUTES = 5;

const NS_PER_SECOND = 1e9;

/** A stall in the log, to be filled in as more of it becomes known. */
export interface LoggedStall {
  readonly stall: Stall;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  end: bigint | undefined;
  readonly isOver: boolean;
  cause: Cause | undefined;
  /** Why there is no cause. */
  unexplained: string | undefined;
  /** Requests that waited for the loop. */
  routes: readonly WaitingRoute[];
}

/** The last stalls of this process' event loops. */
export class StallLog {
  private readonly clock: () => bigint;
  private readonly stalls: LoggedStall[] = [];

  /** @param clock nanoseconds of the monotonic clock */
  constructor(clock: () => bigint = process.hrtime.bigint) {
    this.clock = clock;
  }

  add(stall: Stall): LoggedStall {
    const lasted = Number(this.clock() - stall.start) / 1e6;
    const logged: LoggedStall = {
      ...{ stall, startedAt: Date.now() - lasted },
      ...{ end: undefined, cause: undefined, unexplained: undefined, routes: [] },
      get isOver() {
        return this.end !== undefined;
      },
    };
    this.stalls.push(logged);
    if (this.stalls.length > MAX_STALLS) this.stalls.shift();
    return logged;
  }

  end(stall: Stall, end: bigint): void {
    const logged = this.stalls.find((one) => one.stall === stall);
    if (logged !== undefined) logged.end = end;
  }

  /** Its duration, so far if it is not over. */
  secondsOf({ stall, end = this.clock() }: LoggedStall): number {
    return Number(end - stall.start) / NS_PER_SECOND;
  }

  /** The newest first. @param examination what the report says about the whole */
  json(examination: { readonly threshold: number; readonly obstacle: string | undefined }): string {
    return JSON.stringify({
      pid: process.pid,
      thresholdSeconds: examination.threshold / 1000,
      ...(examination.obstacle === undefined ? {} : { notExamined: examination.obstacle }),
      stalls: this.stalls.toReversed().map((logged) => this.view(logged)),
    });
  }

  private view(logged: LoggedStall) {
    const { stall, startedAt, isOver, cause, unexplained, routes } = logged;
    return {
      time: new Date(startedAt).toISOString(),
      seconds: rounded(this.secondsOf(logged)),
      isOver,
      thread: threadName(stall.thread),
      ...(cause === undefined ? {} : causeView(cause)),
      ...(unexplained === undefined ? {} : { unexplained }),
      routes,
    };
  }
}

function causeView({ frames, calling, isNative, share }: Cause) {
  const [own] = frames;
  return {
    cause: {
      function: functionOf(own),
      file: fileOf(own),
      ...(own.line > 0 ? { line: own.line } : {}),
      ...(calling === '' ? {} : { calling }),
      isNative,
      share: rounded(share),
    },
    stack: frames.map((frame) => ({
      function: functionOf(frame),
      file: fileOf(frame),
      ...(frame.line > 0 ? { line: frame.line, column: frame.column } : {}),
    })),
  };
}

/** One line for the log of the process. */
export function lineOf(logged: LoggedStall, seconds: number): string {
  const { stall, isOver, cause, unexplained, routes } = logged;
  const lasted = isOver ? 'stood still for' : 'has been standing still for';
  const text = `pitot: the event loop of the ${threadName(stall.thread)} thread ${lasted} ${seconds.toFixed(1)} s`;
  const waiting =
    routes.length === 0
      ? ''
      : `; requests waited: ${routes
          .slice(0, MAX_LINE_ROUTES)
          .map(({ method, route }) => `${method} ${route}`.trim())
          .join(', ')}`;
  return `${text}${cause === undefined ? `, cause unknown: ${unexplained}` : ` in ${causeText(cause)}`}${waiting}. /stalls has the last ${MAX_STALLS}.`;
}

function causeText({ frames: [own, ...callers], calling, isNative }: Cause): string {
  const how = isNative ? ', in a native call or garbage collection until' : ', calling';
  const called = calling === '' ? '' : `${how} ${calling}`;
  const by = callers.slice(0, MAX_LINE_FRAMES - 1).map((frame) => ` ← ${placeOf(frame)}`);
  return oneLine(`${placeOf(own)}${called}${by.join('')}`, 1000);
}

function placeOf(frame: StackFrame): string {
  const { line } = frame;
  return `${functionOf(frame)} (${fileOf(frame)}${line > 0 ? `:${line}` : ''})`;
}

function threadName({ name, id }: Thread): string {
  return name === 'main' ? 'main' : `worker ${id}`;
}

export function functionOf({ name }: StackFrame): string {
  return name === '' ? '<anonymous>' : name;
}

/** Relative to the working directory or the installed packages, so that all replicas of a service agree. */
export function fileOf({ file }: StackFrame): string {
  const path = file.startsWith('file:') ? pathOf(file) : file;
  const installed = path.lastIndexOf(`${sep}node_modules${sep}`);
  if (installed >= 0) return path.slice(installed + 1);
  const own = process.cwd() + sep;
  return path.startsWith(own) ? path.slice(own.length) : path;
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
