/**
 * The bucket of a value in a base-2 exponential histogram: bucket i of scale s holds the values in
 * (2^(i/2^s), 2^((i+1)/2^s)]. (Metrics data model, "Exponential Buckets")
 *
 * Up to scale 8 a table replaces the logarithm, which alone would take longer than the rest of a recording.
 * (bench/record.ts) Values that differ by more than half soon lead to these scales. The table agrees with the
 * stock SDK's logarithm, except for values within the logarithm's rounding error of a boundary; at powers of
 * two both are exact. Above scale 8 pitot uses the stock SDK's formula.
 */
export const MAX_SCALE = 20;
const TABLE_SCALE = 8;

const SMALLEST_NORMAL = 2 ** -1022;
const EXPONENT_BIAS = 1023;
/** Bits of the significand that are in the upper word of a float64. */
const UPPER_BITS = 20;
/** The first bits of the significand choose a row: 512 rows, each narrower than a bucket of scale 8. */
const ROW_BITS = 9;
const ROW_SHIFT = UPPER_BITS - ROW_BITS;
const ROW_MASK = 2 ** ROW_BITS - 1;

// The tables are filled by loops: `Float64Array.from` with a function takes ten times as long, at the start of each thread.

/** Lower bounds of the buckets of scale 8 between 1 and 2, and 2. */
const BOUNDS = new Float64Array(2 ** TABLE_SCALE + 1);
for (let i = 0; i < BOUNDS.length; i++) BOUNDS[i] = 2 ** (i / 2 ** TABLE_SCALE);

/** The number of bounds below each row. At most one more bound lies in the row. */
const BELOW = new Uint16Array(2 ** ROW_BITS);
for (let row = 0, below = 0; row < BELOW.length; row++) {
  while (BOUNDS[below]! < 1 + row / BELOW.length) below++;
  BELOW[row] = below;
}

/** By biased exponent, the factor that brings a number between 1 and 2. It is a power of two, and so exact. */
const NORMALIZERS = new Float64Array(2047);
for (let exponent = 0, factor = 2 ** EXPONENT_BIAS; exponent < NORMALIZERS.length; exponent++, factor /= 2) {
  NORMALIZERS[exponent] = factor;
}

const LOGARITHM_FACTORS = Float64Array.from({ length: MAX_SCALE + 1 }, (_, scale) => Math.LOG2E * 2 ** scale);

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);
/** The word with the sign and the exponent: the second one, or the first on a big-endian machine. */
const UPPER = new Uint8Array(Float64Array.of(-0).buffer)[7] === 0 ? 0 : 1;

/**
 * The index of the bucket for a finite value above 0. Subnormal values count as the smallest normal one,
 * as the specification allows.
 */
export function bucketIndex(value: number, scale: number): number {
  const normal = Math.max(value, SMALLEST_NORMAL);
  number[0] = normal;
  const upper = words[UPPER]!;
  const exponent = upper >>> UPPER_BITS;
  const significand = normal * NORMALIZERS[exponent]!;
  if (scale > TABLE_SCALE) {
    return significand === 1 ? ((exponent - EXPONENT_BIAS) << scale) - 1 : logarithmicIndex(normal, scale);
  }
  const below = BELOW[(upper >>> ROW_SHIFT) & ROW_MASK]!;
  // The comparison is added as a number, because the processor could not predict a branch here.
  const index = ((exponent - EXPONENT_BIAS) << TABLE_SCALE) + below + +(BOUNDS[below]! < significand) - 1;
  return index >> (TABLE_SCALE - scale);
}

/** The formula of the stock SDK's LogarithmMapping. The last bucket takes values that rounding would put above it. */
function logarithmicIndex(value: number, scale: number): number {
  const last = ((EXPONENT_BIAS + 1) << scale) - 1;
  return Math.min(Math.floor(Math.log(value) * LOGARITHM_FACTORS[scale]!), last);
}
