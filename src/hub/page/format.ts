import type { Measure, Point, Quantile } from './wire.ts';

const ABSENT = '–';
/** A thin space at which lines do not break. */
const SPACE = '\u202f';

/** The number with its unit, short enough to read at a glance: `1.23 ms`, `4.5 MiB`. */
export function format(value: Point | undefined, measure: Measure): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT;
  switch (measure) {
    case 's':
      return duration(value);
    case 's/s':
      return `${short(value)}${SPACE}s/s`;
    case 'By':
      return bytes(value);
    case 'By/s':
      return `${bytes(value)}/s`;
    case 'ratio':
      return `${digits(value * 100)}${SPACE}%`;
    case '/s':
      return `${short(value)}/s`;
    case 'cpu': {
      const text = short(value);
      return `${text}${SPACE}${text === '1' ? 'core' : 'cores'}`;
    }
    case 'count':
      return short(value);
  }
}

/** A quantile, or the side of a bound on which it is: `≤ 5 ms`. */
export function formatQuantile({ value, bound }: Quantile, measure: Measure): string {
  const text = format(value, measure);
  return value === null || bound === undefined ? text : `${BOUNDS[bound]}${SPACE}${text}`;
}

const BOUNDS: Readonly<Record<NonNullable<Quantile['bound']>, string>> = { atMost: '≤', above: '>' };

/** A count with all its digits: `12,345`. */
export function whole(value: number): string {
  return grouped(Number(value.toFixed(3)));
}

/** The two largest parts: `3 d 4 h`. */
export function longDuration(seconds: Point): string {
  if (seconds === null) return ABSENT;
  const all = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', Math.floor(seconds) % 60],
  ] as const;
  const first = all.findIndex(([, value]) => value > 0);
  if (first < 0) return `0${SPACE}s`;
  return all
    .slice(first, first + 2)
    .map(([unit, value]) => `${value}${SPACE}${unit}`)
    .join(' ');
}

function duration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return `0${SPACE}ms`;
  if (size < 1e-3) return `${digits(seconds * 1e6)}${SPACE}µs`;
  if (size < 1) return `${digits(seconds * 1e3)}${SPACE}ms`;
  if (size < 600) return `${digits(seconds)}${SPACE}s`;
  return longDuration(seconds);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

function bytes(value: number): string {
  const power = value === 0 ? 0 : Math.floor(Math.log2(Math.abs(value)) / 10);
  const index = Math.min(Math.max(power, 0), BYTE_UNITS.length - 1);
  return `${digits(value / 1024 ** index)}${SPACE}${BYTE_UNITS[index]}`;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)}${SPACE}G`;
  if (size >= 1e6) return `${digits(value / 1e6)}${SPACE}M`;
  if (size >= 1e5) return `${digits(value / 1e3)}${SPACE}k`;
  return digits(value);
}

/** Three significant digits, and all digits before the decimal point. */
function digits(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.001) return value.toExponential(1);
  const after = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 ? 2 : 3;
  return grouped(Number(value.toFixed(after)));
}

/** With commas between thousands. The first use of `Intl` takes 6 MiB, most of it the data of ICU. */
function grouped(value: number): string {
  const text = String(value);
  const integer = text.split('.', 1)[0] ?? '';
  return integer.replace(/\B(?=(?:\d{3})+$)/g, ',') + text.slice(integer.length);
}
