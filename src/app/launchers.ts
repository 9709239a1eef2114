/**
 * Programs whose only work is to start others. They have pitot from `NODE_OPTIONS`, as the programs they start.
 * Measured as well they would be processes of the service, and mostly the one that serves the endpoint.
 */
const LAUNCHERS = [
  // Links on the PATH.
  /[\\/](npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|nodemon|tsx|pm2|pm2-runtime)$/,
  // The files behind them, which Windows starts.
  /[\\/](bin|dist|releases)[\\/](npm-cli|npx-cli|pnpm|pnpx|yarn(-[\d.]+)?|corepack|nodemon|pm2|pm2-runtime)\.[cm]?js$/,
  /[\\/]tsx[\\/]dist[\\/]cli\.mjs$/,
  /[\\/]pm2[\\/]lib[\\/]Daemon\.js$/,
];

/** Whether this program is one of those. @param program as in `process.argv[1]` */
export function isLauncher(program = ''): boolean {
  return LAUNCHERS.some((launcher) => launcher.test(program));
}
