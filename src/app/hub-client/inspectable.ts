/** Flags of Node.js that profile the process or open it to a debugger. */
const INSPECTING = /(?:^|\s)--(?:inspect(?:-brk|-wait)?|cpu-prof|heap-prof|prof)(?=[\s=]|$)/;

/**
 * Why no other thread may inspect this one; `undefined` if it may. Only the main thread knows: `process.permission` is
 * absent in other threads, and without the right to inspect, `connectToMainThread()` aborts the process.
 */
export function inspectionObstacle(): string | undefined {
  const { permission, features, versions, execArgv, env } = process;
  const { NODE_OPTIONS = '' } = env;
  if (!features.inspector) return 'this Node.js is built without the inspector';
  if (permission !== undefined && !permission.has('inspector')) {
    return 'the permission model of Node.js forbids the inspector (--allow-inspector)';
  }
  if (versions.electron !== undefined) return 'Electron has its own inspector';
  if (INSPECTING.test([...execArgv, NODE_OPTIONS].join(' '))) {
    return 'Node.js was started with a debugger or a profiler';
  }
  return undefined;
}
