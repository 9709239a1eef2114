import type { StackFrame } from '../../model/stack-cells.ts';
import type { Cause } from './cause.ts';
import { fileOf, functionOf } from './frame.ts';
import { type StallLog, threadName } from './log.ts';
import type { WaitingRoute } from './routes.ts';

/** Characters of a text, and entries of a list. */
const MAX_CHARACTERS = 1000;
const MAX_ROUTES = 100;

export interface FrameView {
  readonly function: string;
  readonly file: string;
  readonly line?: number;
  /** Both count from 1. */
  readonly column?: number;
}

/** A stall as `/stalls` has it, and as the processes of a service tell each other. */
export interface StallView {
  /** As of RFC 3339. */
  readonly time: string;
  /** Its duration, so far if it is not over. */
  readonly seconds: number;
  readonly isOver: boolean;
  /** `main` or `worker 3`. */
  readonly thread: string;
  readonly cause?: {
    readonly function: string;
    readonly file: string;
    readonly line?: number;
    readonly calling?: string;
    readonly isNative: boolean;
    readonly share: number;
  };
  readonly stack?: readonly FrameView[];
  readonly unexplained?: string;
  readonly routes: readonly WaitingRoute[];
}

/** The stalls of a process, as it tells them. */
export interface OwnStalls {
  /** Grows with every change; 0 while there has been no stall. */
  readonly version: number;
  /** The newest first. */
  views(): readonly StallView[];
}

/** A stall of one process of the service. */
export type ProcessStall = { readonly pid: number } & StallView;

/** The response of `/stalls`. */
export interface StallReport {
  /** The process that answers. */
  readonly pid: number;
  readonly thresholdSeconds: number;
  /** Why this process examines no stalls. */
  readonly notExamined?: string;
  /** The newest first. */
  readonly stalls: readonly ProcessStall[];
}

export function ownStalls(log: StallLog): OwnStalls {
  return {
    get version() {
      return log.version;
    },
    views: () =>
      log.all.map((logged): StallView => {
        const { stall, startedAt, end, cause, unexplained, routes } = logged;
        return {
          time: new Date(startedAt).toISOString(),
          seconds: rounded(log.secondsOf(logged)),
          isOver: end !== undefined,
          thread: threadName(stall.thread),
          ...(cause === undefined ? {} : causeView(cause)),
          ...(unexplained === undefined ? {} : { unexplained: short(unexplained) }),
          routes: routes
            .slice(0, MAX_ROUTES)
            .map(({ method, route }) => ({ method: short(method), route: short(route) })),
        };
      }),
  };
}

function causeView({ frames, calling, isNative, share }: Cause) {
  const [own] = frames;
  return {
    cause: {
      ...placeOf(own),
      ...(calling === '' ? {} : { calling }),
      isNative,
      share: rounded(share),
    },
    stack: frames.map((frame) => ({
      ...placeOf(frame),
      ...(frame.line > 0 ? { column: frame.column } : {}),
    })),
  };
}

function placeOf(frame: StackFrame): Omit<FrameView, 'column'> {
  const { line } = frame;
  return {
    function: short(functionOf(frame)),
    file: short(fileOf(frame)),
    ...(line > 0 ? { line } : {}),
  };
}

function short(text: string): string {
  return text.slice(0, MAX_CHARACTERS);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
