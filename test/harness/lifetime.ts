import { after } from 'node:test';

/**
 * Whoever owns what a test starts: the context `t` of a test, or `{ after }` of `node:test` for a whole
 * file. Everything the harness starts ends with it, whether the test passed or not.
 */
export interface Lifetime {
  after(end: () => void | Promise<void>): void;
}

/**
 * The lifetime of a `describe` block, for what its `before` starts. To be called in the block itself: an
 * `after` that is called within a `before` belongs to the `before`.
 */
export function lifetimeOfSuite(): Lifetime {
  const ends: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });
  return { after: (end) => void ends.push(end) };
}
