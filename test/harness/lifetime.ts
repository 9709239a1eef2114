/**
 * Whoever owns what a test starts: the context `t` of a test, or `{ after }` of `node:test` for a whole
 * file. Everything the harness starts ends with it, whether the test passed or not.
 */
export interface Lifetime {
  after(end: () => void | Promise<void>): void;
}
