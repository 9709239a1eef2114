import type uPlot from 'uplot';
import type { ChartView, LineView, Point } from '../src/hub/page/wire.ts';

/** Seconds that one point covers on a long axis, where single samples would touch each other. */
const BIN_S = 10;
/** Seconds of an axis from which on its points cover {@link BIN_S}. */
const LONG_S = 450;

/** Draws a limit only if a value exceeds this share of it: a distant limit would flatten the lines. */
const NEAR_LIMIT = 0.4;

/** The points of a chart at these times, in seconds since the epoch. */
export interface Plotted {
  readonly times: readonly number[];
  /** By line, in the chart's order. */
  readonly lines: readonly (readonly Point[])[];
  /** Seconds up to its time that a point covers; null for values of a moment. */
  readonly over: Point;
}

/**
 * The points of a chart's lines for an axis of so many seconds. On a long axis each point stands for 10 seconds: a
 * rate's mean, a gauge's largest value, and the last of quantiles and shares, which cover 10 seconds already.
 */
export function plotted(
  { over, lines }: Pick<ChartView, 'over' | 'lines'>,
  { times, points }: { times: readonly number[]; points: ReadonlyMap<string, readonly Point[]> },
  axis: number,
): Plotted {
  const given = lines.map(({ id }) => points.get(id) ?? []);
  if (axis < LONG_S) return { times: times.map((time) => time / 1000), lines: given, over };
  const bins = binsOf(times);
  const combine = over === null ? largest : over >= BIN_S ? last : mean;
  return {
    times: bins.map(([, end]) => (times[end - 1] ?? 0) / 1000),
    lines: given.map((line) => bins.map(([begin, end]) => combine(line.slice(begin, end)))),
    over: over === null ? null : Math.max(over, BIN_S),
  };
}

/** The first index of each bin and the one after its last. Bins begin at the same times in every chart and update. */
function binsOf(times: readonly number[]): [begin: number, end: number][] {
  const bins: [begin: number, end: number][] = [];
  times.forEach((time, i) => {
    const bin = bins.at(-1);
    const isSame = bin !== undefined && binOf(times[bin[0]] ?? 0) === binOf(time);
    if (isSame) bin[1] = i + 1;
    else bins.push([i, i + 1]);
  });
  return bins;
}

function binOf(time: number): number {
  return Math.floor(time / 1000 / BIN_S);
}

function known(line: readonly Point[]): number[] {
  return line.filter((point) => point !== null);
}

function largest(line: readonly Point[]): Point {
  const values = known(line);
  return values.length === 0 ? null : Math.max(...values);
}

function mean(line: readonly Point[]): Point {
  const values = known(line);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function last(line: readonly Point[]): Point {
  return line.at(-1) ?? null;
}

/** The data of the plot. A distant limit has no line. */
export function dataOf(lines: readonly LineView[], { times, lines: values }: Plotted): uPlot.AlignedData {
  let largest = 0;
  lines.forEach(({ isLimit }, i) => {
    if (!isLimit) for (const value of values[i] ?? []) largest = Math.max(largest, value ?? 0);
  });
  const shown = lines.map(({ isLimit }, i) => {
    const line = values[i] ?? [];
    const limit = isLimit ? (line.at(-1) ?? 0) : 0;
    return limit * NEAR_LIMIT > largest ? line.map(() => null) : [...line];
  });
  return [[...times], ...shown];
}
