import { format } from '../../../src/hub/page/format.ts';
import type { Chart } from './dashboard-files.ts';

/** Rates whose unit Grafana names. */
const RATES: Readonly<Record<string, string>> = { ops: 'ops/s', reqps: 'req/s', cps: 'c/s', mps: 'msg/s' };
const MEASURES = { s: 's', dtdurations: 's', percentunit: 'ratio', bytes: 'By', binBps: 'By/s' } as const;

/** A value with its unit, under Grafana's name for the unit. */
export function textOf(value: number | null | undefined, unit = 'short'): string {
  const rate = RATES[unit];
  if (rate !== undefined && typeof value === 'number') return `${format(value, 'count')} ${rate}`;
  if (unit in MEASURES) return format(value ?? null, MEASURES[unit as keyof typeof MEASURES]);
  if (unit === 'short' || unit === 'none' || typeof value !== 'number') return format(value ?? null, 'count');
  throw new Error(`the pictures have no text for the unit ${unit}`);
}

const COLORS: Readonly<Record<string, string>> = {
  green: '#3f9142',
  orange: '#f08a24',
  red: '#d63447',
  blue: '#3274d9',
  gray: '#8e959e',
  transparent: 'transparent',
};
const PALETTE = [
  '#73bf69',
  '#5794f2',
  '#f2a541',
  '#b877d9',
  '#37a6a6',
  '#ff7383',
  '#a16069',
  '#8ab8ff',
  '#c9b037',
];

export function colorNamed(name: string): string {
  const color = COLORS[name];
  if (color === undefined) throw new Error(`the pictures have no colour ${name}`);
  return color;
}

/** The color of a panel's n-th series: an override's, or the palette's. */
export function colorOfSeries({ fieldConfig }: Chart, name: string, n: number): string {
  for (const { matcher, properties } of fieldConfig.overrides) {
    const color = properties.find(({ id }) => id === 'color')?.value as { fixedColor: string } | undefined;
    const [, pattern] = /^\/(.*)\/$/.exec(String(matcher.options)) ?? [];
    if (color !== undefined && pattern !== undefined && new RegExp(pattern).test(name))
      return colorNamed(color.fixedColor);
  }
  return PALETTE[n % PALETTE.length] ?? '';
}

/** The color of a value: fixed, or that of the highest threshold below it. */
export function colorOfValue({ fieldConfig }: Chart, value: number): string {
  const { color, thresholds } = fieldConfig.defaults;
  if (color?.fixedColor !== undefined) return colorNamed(color.fixedColor);
  const step = thresholds?.steps.findLast(({ value: bound }) => bound === null || value >= bound);
  return colorNamed(step?.color ?? 'green');
}

export function lastOf(values: readonly (number | null)[] | undefined): number | undefined {
  return values?.findLast((value) => value !== null) ?? undefined;
}
