/**
 * Bun has `node:diagnostics_channel`, but publishes no HTTP requests there, and makes modules in another way. Its engine
 * is not V8. It does not measure when the event loop is idle.
 */
export const isBun = process.versions.bun !== undefined;

/** Deno tells a listener of a signal only its name, and does not measure when the event loop is idle. */
export const isDeno = process.versions.deno !== undefined;

/**
 * The message for a Node.js that is too old; `undefined` for a supported one. Old versions must be able to load this
 * file, so it imports nothing.
 */
export function runtimeProblem(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return undefined;
  return `pitot: needs Node.js 22.15 or later and this is ${process.versions.node}`;
}
