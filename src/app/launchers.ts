/*
 * Programs that start others, or check and build code. They have pitot from `NODE_OPTIONS`, as the programs they start.
 * Measured as well they would be processes of the service, and mostly the one that serves the endpoint.
 */

/** Commands that are known by their names, wherever they are. */
const LAUNCHERS = [
  'npm',
  'npx',
  'pnpm',
  'pnpx',
  'yarn',
  'yarnpkg',
  'corepack',
  'nodemon',
  'tsx',
  'pm2',
  'pm2-runtime',
];

/** Commands of installed packages, whose names an application could have too. */
const COMMANDS = [
  ...[
    'cross-env',
    'cross-env-shell',
    'dotenv',
    'dotenvx',
    'env-cmd',
    'concurrently',
    'conc',
    'forever',
    'wireit',
  ],
  ...['npm-run-all', 'npm-run-all2', 'run-s', 'run-p', 'turbo', 'nx', 'lerna', 'husky', 'lint-staged'],
  ...[
    'eslint',
    'prettier',
    'tsc',
    'jest',
    'vitest',
    'mocha',
    'webpack',
    'rollup',
    'esbuild',
    'tsup',
    'tsdown',
  ],
];

/** Packages all of whose programs are such, the workers of test runners among them. */
const PACKAGES = [...COMMANDS, 'dotenv-cli', '@dotenvx/dotenvx', 'typescript', 'webpack-cli', 'jest-worker'];

const PATTERNS = [
  new RegExp(`[\\\\/](${LAUNCHERS.join('|')})$`),
  new RegExp(`[\\\\/]\\.bin[\\\\/](${COMMANDS.join('|')})$`),
  new RegExp(`[\\\\/]node_modules[\\\\/](${PACKAGES.join('|')})[\\\\/]`),
  // The files behind the commands, which Windows starts.
  /[\\/](bin|dist|releases)[\\/](npm-cli|npx-cli|pnpm|pnpx|yarn(-[\d.]+)?|corepack|nodemon|pm2|pm2-runtime)\.[cm]?js$/,
  /[\\/]tsx[\\/]dist[\\/]cli\.mjs$/,
  /[\\/]pm2[\\/]lib[\\/]Daemon\.js$/,
  // The workers of `next build`.
  /[\\/]next[\\/]dist[\\/]compiled[\\/]jest-worker[\\/]/,
];

/** Frameworks whose command serves as well as builds. */
const BUILDS =
  /[\\/](\.bin[\\/](next|nuxt|nuxi|vite|astro|remix|nest)|(next|nuxt|nuxi|vite|astro|@nestjs[\\/]cli)[\\/].*)$/;

/** Whether a program is one of those. @param program as in `process.argv[1]` @param command as in `process.argv[2]` */
export function isLauncher(program = '', command = ''): boolean {
  return PATTERNS.some((pattern) => pattern.test(program)) || (command === 'build' && BUILDS.test(program));
}
