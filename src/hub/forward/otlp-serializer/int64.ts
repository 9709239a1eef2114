/**
 * Whether to send a number as an integer. A number with a fraction, or outside of signed 64 bits, is sent as a
 * double, even if its instrument declares integers, so that it arrives unchanged.
 */
export function isInt64(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}
