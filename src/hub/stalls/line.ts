import { oneLine } from '../../base/one-line.ts';
import type { StackFrame } from '../../model/stack-cells.ts';
import type { Cause } from './cause.ts';
import { fileOf, functionOf } from './frame.ts';
import { type LoggedStall, MAX_STALLS, threadName } from './log.ts';

/** Frames in a line of the log. */
const MAX_LINE_FRAMES = 4;
const MAX_LINE_ROUTES = 5;

/** One line for the log of the process. */
export function lineOf(logged: LoggedStall, seconds: number): string {
  const { stall, end, cause, unexplained, routes } = logged;
  const lasted = end !== undefined ? 'stood still for' : 'has been standing still for';
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
