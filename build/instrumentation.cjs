'use strict';
// `node --require pitot/instrumentation`, as src/instrumentation.ts is `node --import pitot/instrumentation`.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15)) {
  console.error(
    `pitot: needs Node.js 22.15 or later and this is ${process.versions.node}; the application runs unmeasured.`,
  );
} else {
  try {
    const { getEnvironmentData, isMainThread } = require('node:worker_threads');
    // A worker thread joins the pitot of the main thread. (HANDSHAKE_KEY in src/channel/worker-handshake.ts)
    if (isMainThread || getEnvironmentData('pitot') !== undefined) require('./index.cjs').boot();
  } catch (error) {
    console.error('pitot: could not start; the application runs unmeasured.', error);
  }
}
