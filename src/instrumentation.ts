/** The door: `node --import pitot/instrumentation app.js`. */
// As src/base/runtime.ts has it; shared with what is imported below, it would be one more file to load at each start.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `pitot: needs Node.js 22.15 or later and this is ${process.versions.node}; the application runs unmeasured.`,
  );
  // boot() does not say it again. (TOLD_TOO_OLD in src/app/boot.ts)
  Object.defineProperty(globalThis, Symbol.for('pitot.told-too-old'), { value: true });
} else {
  try {
    // Not imported above: an older Node.js would fail on it before it could be told.
    const { boot } = await import('./index.ts');
    const { getEnvironmentData, isMainThread } = process.getBuiltinModule('node:worker_threads');
    // A worker thread joins the pitot of the main thread. (HANDSHAKE_KEY in src/channel/worker-handshake.ts)
    if (isMainThread || getEnvironmentData('pitot') !== undefined) boot();
  } catch (error) {
    console.error('pitot: could not start; the application runs unmeasured.', error);
  }
}
