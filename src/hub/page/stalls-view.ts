import { attributeText } from '../../model/attribute-text.ts';
import type { ProcessStall } from '../stalls/report.ts';
import type { MetricReading } from './readings.ts';
import type { StallCauseView, StallEntry } from './wire.ts';

/** Functions and stalls that a viewer gets, and frames of a stack. */
const MAX_CAUSES = 10;
const MAX_ENTRIES = 20;
const MAX_FRAMES = 4;

/** The functions that held event loops, the one with the most time first. */
export function stallCauses(metrics: ReadonlyMap<string, MetricReading>): StallCauseView[] {
  const times = new Map(
    metrics.get('pitot.stall.cause.time')?.series.map(({ key, value }) => [key, value] as const),
  );
  const causes = metrics.get('pitot.stall.causes')?.series ?? [];
  return causes
    .map(({ key, attributes, value }) => ({
      function: attributeText(attributes['code.function.name']) || '(others)',
      file: attributeText(attributes['code.file.path']),
      thread: attributeText(attributes['thread.name']),
      count: value,
      seconds: times.get(key) ?? 0,
    }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, MAX_CAUSES);
}

/** The last stalls of the service, or of one process. */
export function stallEntries(stalls: readonly ProcessStall[], process: number | undefined): StallEntry[] {
  return stalls
    .filter(({ pid }) => process === undefined || pid === process)
    .slice(0, MAX_ENTRIES)
    .map((stall) => {
      const { pid, time, seconds, isOver, thread, stack = [], routes } = stall;
      return {
        ...{ pid, time: Date.parse(time), seconds, isOver, thread, detail: detailOf(stall) },
        stack: stack
          .slice(0, MAX_FRAMES)
          .map(
            (frame) => `${frame.function} (${frame.file}${frame.line === undefined ? '' : `:${frame.line}`})`,
          ),
        routes: routes.map(({ method, route }) => `${method} ${route}`.trim()),
      };
    });
}

function detailOf({ cause, unexplained, isOver }: ProcessStall): string {
  if (cause === undefined) return unexplained ?? (isOver ? 'being examined' : 'goes on');
  const called = cause.calling === undefined ? '' : cause.calling;
  if (cause.isNative) return `in a native call or garbage collection${called && `, until ${called}`}`;
  return called && `calling ${called}`;
}
