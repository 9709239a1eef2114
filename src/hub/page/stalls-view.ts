import { attributeText } from '../../model/attribute-text.ts';
import type { MetricReading } from './readings.ts';
import type { StallCauseView } from './wire.ts';

/** Functions that a viewer gets. */
const MAX_CAUSES = 10;

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
