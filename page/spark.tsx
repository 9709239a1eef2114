import type { Point } from '../src/hub/page/wire.ts';

const WIDTH = 88;
const HEIGHT = 18;
/** Number of points across the whole width. */
const POINTS = 60;

/** A row's last two minutes, without a scale: shows whether it rises or falls. */
export function Spark({ points }: { readonly points: readonly Point[] }) {
  const largest = Math.max(...points.map((value) => value ?? 0), 0);
  const step = WIDTH / (POINTS - 1);
  const first = POINTS - points.length;
  let path = '';
  let isDown = false;
  points.forEach((value, i) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const x = ((first + i) * step).toFixed(1);
    const y = (HEIGHT - 1.5 - (largest === 0 ? 0 : (value / largest) * (HEIGHT - 3))).toFixed(1);
    path += `${isDown ? 'L' : 'M'}${x} ${y}`;
    isDown = true;
  });
  return (
    <svg class="spark" width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
