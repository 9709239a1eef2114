import type uPlot from 'uplot';
import { format } from '../src/hub/page/format.ts';
import type { HeatColumn } from '../src/hub/page/wire.ts';

/** A bucket without an end, or one that begins at 0, is drawn as wide as one of six in a decade. */
const STEP = 10 ** (1 / 6);
/** Steps of a decade that have a label, by the number of decades. */
const STEPS_OF_FEW = [1, 2, 5];
const FEW_DECADES = 2;
/** The least and the most opaque cell. */
const OPACITY = [0.12, 0.95] as const;

function lowEnd([above, upTo]: HeatColumn['cells'][number]): number {
  return above > 0 ? above : (upTo ?? 1) / STEP;
}

function highEnd([above, upTo]: HeatColumn['cells'][number]): number {
  return upTo ?? above * STEP;
}

/** The logarithms of the ends of the axis. */
export function decadesOf(columns: readonly HeatColumn[]): readonly [low: number, high: number] {
  const cells = columns.flatMap((column) => column.cells);
  if (cells.length === 0) return [-3, 0];
  return [
    Math.log10(cells.reduce((low, cell) => Math.min(low, lowEnd(cell)), Number.POSITIVE_INFINITY)),
    Math.log10(cells.reduce((high, cell) => Math.max(high, highEnd(cell)), 0)),
  ];
}

/** The values with a label, as logarithms. */
export function splitsOf([low, high]: readonly [number, number]): number[] {
  const steps = high - low <= FEW_DECADES ? STEPS_OF_FEW : [1];
  const decades = Array.from(
    { length: Math.ceil(high) - Math.floor(low) + 1 },
    (_, i) => Math.floor(low) + i,
  );
  return decades
    .flatMap((decade) => steps.map((step) => decade + Math.log10(step)))
    .filter((value) => value >= low - 1e-9 && value <= high + 1e-9);
}

/** Draws the cells; the fullest one is the most opaque. */
export function drawHeat(plot: uPlot, columns: readonly HeatColumn[], colour: string): void {
  const { ctx, bbox } = plot;
  const most = columns.reduce(
    (largest, { cells }) => cells.reduce((max, [, , count]) => Math.max(max, count), largest),
    0,
  );
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour;
  for (const { time, seconds, cells } of columns) {
    const left = Math.round(plot.valToPos(time / 1000, 'x', true));
    const right = Math.round(plot.valToPos(time / 1000 + seconds, 'x', true));
    for (const cell of cells) {
      const top = Math.round(plot.valToPos(Math.log10(highEnd(cell)), 'y', true));
      const bottom = Math.round(plot.valToPos(Math.log10(lowEnd(cell)), 'y', true));
      ctx.globalAlpha = OPACITY[0] + (OPACITY[1] - OPACITY[0]) * Math.sqrt(cell[2] / most);
      ctx.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top));
    }
  }
  ctx.restore();
}

/** The text of one column: its bucket with the most values. */
export function textOf(column: HeatColumn | undefined): string {
  const fullest = column?.cells.toSorted((a, b) => b[2] - a[2])[0];
  if (column === undefined || fullest === undefined) return '–';
  const [above, upTo, count] = fullest;
  const all = column.cells.reduce((sum, cell) => sum + cell[2], 0);
  const range =
    upTo === null ? `above ${format(above, 's')}` : `${format(above, 's')} to ${format(upTo, 's')}`;
  return `${format(count, 'count')} of ${format(all, 'count')}: ${range}`;
}
