/** The door: `node --import pitot/instrumentation app.js`. */
import { isMainThread } from 'node:worker_threads';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `pitot: needs Node.js 22.15 or later and this is ${process.versions.node}; the application runs unmeasured.`,
  );
} else {
  try {
    // Not imported above: an older Node.js would fail on it before it could be told.
    await import('./src/index.ts');
    const { boot, bootThread } = await import('./src/boot.ts');
    if (isMainThread) boot();
    else bootThread();
  } catch (error) {
    console.error('pitot: could not start; the application runs unmeasured.', error);
  }
}
