/**
 * Whether a number goes out as an integer: one that has a fraction, or that 64 bits with a sign do not hold,
 * goes out as a double, whatever its instrument says, so that it arrives as it is.
 */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}
