import { createContext } from 'preact';
import { useContext, useMemo, useState } from 'preact/hooks';

/** The part of the history that all charts show. */
export interface Range {
  /** Seconds up to the newest point. */
  readonly span: number;
  /** Begin and end in seconds since the epoch, selected by dragging; it comes before the span. */
  readonly zoom: readonly [from: number, to: number] | undefined;
  /** Whether numbers and charts stay as they are. */
  readonly isPaused: boolean;
}

interface RangeState {
  readonly range: Range;
  readonly change: (changes: Partial<Range>) => void;
}

/** Seconds on the axis at least: keeps the first points from filling it. */
const MIN_SPAN_S = 60;
const SPANS_MIN = [1, 5, 15];

const RangeContext = createContext<RangeState>({
  range: { span: 900, zoom: undefined, isPaused: false },
  change: () => {},
});
export const RangeProvider = RangeContext.Provider;

export function useRange(): RangeState {
  return useContext(RangeContext);
}

/** The state for {@link RangeProvider}. */
export function useRangeState(): RangeState {
  const [range, setRange] = useState<Range>({ span: 900, zoom: undefined, isPaused: false });
  return useMemo(
    () => ({ range, change: (changes) => setRange((before) => ({ ...before, ...changes })) }),
    [range],
  );
}

/** Selects the range, ends a zoom, and pauses. */
export function RangeBar() {
  const { range, change } = useRange();
  const { span, zoom, isPaused } = range;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div class="range" role="group" aria-label="Time range">
      {zoom !== undefined && (
        <button type="button" class="zoom" onClick={() => change({ zoom: undefined })}>
          {`${clockOf(zoom[0])} – ${clockOf(zoom[1])} `}
          <span aria-hidden="true">×</span>
          <span class="unseen">End zoom</span>
        </button>
      )}
      {SPANS_MIN.map((minutes) => (
        <button
          key={minutes}
          type="button"
          aria-pressed={zoom === undefined && span === minutes * 60}
          onClick={() => change({ span: minutes * 60, zoom: undefined })}
        >
          {minutes} min
        </button>
      ))}
      <button type="button" aria-pressed={isPaused} onClick={() => change({ isPaused: !isPaused })}>
        Pause
      </button>
    </div>
  );
}

/** The time of day, to the second. */
export function clockOf(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

/** Begin and end of the axis, in seconds. */
export function axisOf(
  { span, zoom }: Range,
  times: readonly number[],
): readonly [begin: number, end: number] {
  if (zoom !== undefined) return zoom;
  const end = (times.at(-1) ?? 0) / 1000;
  return [Math.min(Math.max((times[0] ?? 0) / 1000, end - span), end - MIN_SPAN_S), end];
}
