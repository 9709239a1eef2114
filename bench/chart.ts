import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

const WIDTH = 560;
const HEIGHT = 320;
const LEFT = 64;
const BOTTOM = 44;
const TOP = 34;
const RIGHT = 16;
const COLORS = ['#0b62d6', '#c2410c', '#15803d', '#7c3aed'];

/** Where the pictures are, from here. */
const FOLDER = '../docs/images/growth';

/** Draws lines over logarithmic axes into an SVG file. @returns its path for results.md */
export function writeChart(
  name: string,
  title: string,
  [x, y]: readonly [string, string],
  lines: readonly Line[],
): string {
  const all = lines.flatMap(({ points }) => points);
  const [left, right] = decades(all.map(([at]) => at));
  const [low, high] = decades(all.map(([, at]) => at));
  const across = (at: number) => LEFT + ((Math.log10(at) - left) / (right - left)) * (WIDTH - LEFT - RIGHT);
  const up = (at: number) =>
    HEIGHT - BOTTOM - ((Math.log10(at) - low) / (high - low)) * (HEIGHT - BOTTOM - TOP);
  const ticks = [
    ...powers(left, right).map((at) => {
      const position = across(at).toFixed(1);
      return `<path d="M${position} ${TOP}V${HEIGHT - BOTTOM}" stroke="#ddd"/><text x="${position}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${short(at)}</text>`;
    }),
    ...powers(low, high).map((at) => {
      const position = up(at).toFixed(1);
      return `<path d="M${LEFT} ${position}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 6}" y="${Number(position) + 4}" text-anchor="end">${short(at)}</text>`;
    }),
  ];
  const drawn = lines.map(({ name, points }, i) => {
    const path = points.map(
      ([px, py], at) => `${at === 0 ? 'M' : 'L'}${across(px).toFixed(1)} ${up(py).toFixed(1)}`,
    );
    const color = COLORS[i % COLORS.length];
    return `<path d="${path.join('')}" fill="none" stroke="${color}" stroke-width="2"/><text x="${LEFT + 10}" y="${TOP + 16 + i * 16}" fill="${color}">${name}</text>`;
  });
  writeFileSync(
    join(import.meta.dirname, FOLDER, `${name}.svg`),
    [
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
      `<title>${title}</title>`,
      `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
      `<text x="${WIDTH / 2}" y="18" text-anchor="middle" font-size="14">${title}</text>`,
      ...ticks,
      ...drawn,
      `<text x="${WIDTH / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x}</text>`,
      `<text x="14" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 ${HEIGHT / 2})">${y}</text>`,
      '</svg>\n',
    ].join('\n'),
  );
  return `${FOLDER}/${name}.svg`;
}

/** The powers of ten around all numbers. */
function decades(numbers: readonly number[]): readonly [number, number] {
  const low = Math.floor(Math.log10(Math.min(...numbers)));
  return [low, Math.max(low + 1, Math.ceil(Math.log10(Math.max(...numbers))))];
}

function powers(low: number, high: number): number[] {
  return Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
}

function short(number: number): string {
  if (number >= 1e6) return `${number / 1e6}M`;
  return number >= 1000 ? `${number / 1000}k` : String(number);
}
