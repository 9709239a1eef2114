/** What happens beside one neighbour, in one order of loading, and the test that shows it. */
export interface Row {
  readonly neighbour: string;
  readonly order: 'any' | 'pitot first' | 'pitot last' | '';
  readonly outcome: string;
  /** What the application sets up; '' if nothing. */
  readonly setUp: string;
  /** Below `test/`. */
  readonly file: string;
  /** Of the test, with … for what a template puts in. */
  readonly title: string;
}

export interface Section {
  readonly title: string;
  readonly introduction: string;
  readonly rows: readonly Row[];
}

const NO_METRICS = '`OTEL_METRICS_EXPORTER=none`, `PITOT_METRICS_EXPORTER=prometheus`';
const ONE_API = 'install one version (`npm ls @opentelemetry/api`, `overrides`)';
const TURBO =
  '`"globalPassThroughEnv": ["OTEL_*", "PITOT_*"]` in turbo.json; without it pitot starts with its defaults';
const EXTERNAL = 'leave pitot out of the bundle: [bundling.md](bundling.md)';

const API = 'stack/neighbours-api.test.ts';
const REGISTRATION = 'app/opentelemetry/registration.test.ts';
const ZERO_CODE = 'stack/zero-code.test.ts';
const AGENTS = 'stack/apm-agents.test.ts';
const BUNDLES = 'stack/bundles.test.ts';
const MANAGERS = 'stack/package-managers.test.ts';
const RUNTIMES = 'stack/runtimes.test.ts';
const LAUNCHERS = 'e2e/launchers.test.ts';
const NEXT = 'stack/nextjs.test.ts';

const MATRIX = '…, …: counts, spans and exemplars are exact, and nothing is said';
const NOTHING_LOST = '…, …: nothing is lost, doubled or warned of';
const TRACED = '…, …: every request is traced and counted once';

export const NEIGHBOURS: readonly Section[] = [
  section(
    'The OpenTelemetry API and SDK',
    '`@opentelemetry/api` is a peer dependency, `>=1.4.0 <2`: an installation has one copy, the application’s. "Exact" ' +
      'means counts, spans and the exemplars that connect them, in ES modules and in CommonJS, without a warning.',
    [
      ['API 1.4, 1.7, 1.9, 1.10 with SDK 1.30', 'any', 'exact', '', API, MATRIX],
      ['API 1.4, 1.7, 1.9, 1.10 with SDK 2.x', 'any', 'exact', '', API, MATRIX],
      ['API 1.10 with SDK 3.x, which needs it', 'any', 'exact', '', API, MATRIX],
      [
        ...['two copies of the API, the earlier one registers a tracer', 'any'],
        ...['the later copy reads nothing, as without pitot; one warning names both', ONE_API, REGISTRATION],
        'a later copy than the one that registers a tracer works as without pitot, and one line says why it records nothing',
      ],
      [
        ...['the API and the tracer in a bundle, another version installed', 'any'],
        ...[
          'the tracer cannot register; one warning',
          'leave `@opentelemetry/api` out of the bundle',
          REGISTRATION,
        ],
        'a copy in a bundle has the version that is installed there, and one line says it where that is another',
      ],
      [
        ...['another SDK registers a MeterProvider', 'pitot first', 'pitot stays; one warning'],
        ...[`\`metricReaders: []\`, or ${NO_METRICS}`, REGISTRATION],
        'a second MeterProvider gets one line with the remedy, and pitot stays',
      ],
      [
        ...[
          'a logger by `diag.setLogger`',
          'any',
          'it stays, and gets no messages of pitot’s',
          '',
          REGISTRATION,
        ],
        'pitot records for … where that has registered a logger before, and leaves the logger alone',
      ],
    ],
  ),
  section(
    'Official instrumentations, and zero-code OpenTelemetry',
    'Each metric is recorded by one side. `OTEL_METRICS_EXPORTER=none` silences the metrics of the other SDK, and ' +
      '`PITOT_METRICS_EXPORTER`, which only pitot reads, keeps pitot’s:\n\n' +
      '```\n' +
      'OTEL_METRICS_EXPORTER=none PITOT_METRICS_EXPORTER=prometheus \\\n' +
      '  node --require @opentelemetry/auto-instrumentations-node/register --import pitot/instrumentation app.js\n' +
      '```\n\n' +
      'With `NodeSDK` in code, `metricReaders: []` does the same. `PITOT_HTTP=official` makes pitot set up the official ' +
      'packages of HTTP; their spans come twice if the application sets them up as well.',
    [
      [
        ...['`NodeSDK` with `getNodeAutoInstrumentations()`', 'any', 'exact, with routes'],
        ...['`metricReaders: []`', ZERO_CODE, NOTHING_LOST],
      ],
      [
        ...['`--require @opentelemetry/auto-instrumentations-node/register`', 'any', 'exact, with routes'],
        ...[NO_METRICS, ZERO_CODE, NOTHING_LOST],
      ],
      [
        ...['the same, and its metrics are on', 'any', 'one warning with the remedy', NO_METRICS, ZERO_CODE],
        'without code and with metrics of both, …: one line gives the remedy',
      ],
      [
        ...[
          'instrumentations of pg, mysql2, mongodb, redis, ioredis, Socket.IO, the runtime, the host',
          'any',
        ],
        ...['as many spans as without pitot; pitot records the metrics, once', ''],
        ...['stack/official-drivers.test.ts', '…, …, …: every operation is one span and is counted once'],
      ],
      [
        ...['instrumentations of gRPC, the AWS SDK, GraphQL', 'any'],
        ...['as many spans as without pitot; pitot records the metrics, once', ''],
        ...[
          'stack/official-calls.test.ts',
          'calls, …, …, …: as many spans as without pitot, and each call counts once',
        ],
      ],
      [
        ...['instrumentations of amqplib, kafkajs', 'any'],
        ...['as many spans as without pitot; pitot records the metrics, once', ''],
        ...['stack/official-messaging.test.ts', '…, …: every message has its spans and is counted once'],
      ],
    ],
  ),
  section(
    'APM agents',
    'pitot counts each request once, and the agent traces as many as without pitot. AppSignal is not tested: its ' +
      'extension is not in its package, and its installation downloads it.',
    [
      ['New Relic 14', 'any', 'exact', '', AGENTS, TRACED],
      ['Elastic APM 4', 'any', 'exact', '', AGENTS, TRACED],
      ['EDOT 1 (`@elastic/opentelemetry-node`)', 'any', 'exact', NO_METRICS, AGENTS, TRACED],
      ['Sentry 11', 'any', 'exact', '', AGENTS, TRACED],
      ['Datadog 6 (`dd-trace`)', 'any', 'exact', '', AGENTS, TRACED],
    ],
  ),
  section('Bundles and package managers', 'See [bundling.md](bundling.md).', [
    [
      ...['esbuild, rollup, webpack; the package beside the bundle', '', 'exact', '', BUNDLES],
      '… beside the installed package counts what it does, and says nothing else',
    ],
    [
      ...[
        'the same, without the package',
        '',
        'the application runs; one line says what is missing',
        EXTERNAL,
        BUNDLES,
      ],
      '… without the package runs, and says once what is missing',
    ],
    [
      ...[
        'a bundle with one version of pitot, and another installed',
        '',
        'one line names both',
        EXTERNAL,
        BUNDLES,
      ],
      'a bundle beside another version of the package says which one is there',
    ],
    [
      ...['single executable application', '', 'exact beside an installed package', EXTERNAL, BUNDLES],
      'a single executable counts beside the installed package, and says what is missing without it',
    ],
    [
      ...[
        'Next.js 16, `next start` and standalone',
        'any',
        'exact, with routes',
        '[nextjs.md](nextjs.md)',
        NEXT,
      ],
      '…, started by …, counts each request by its route',
    ],
    [
      ...['pnpm, with API 1.4 and a logger of the application', 'any', 'exact', '', MANAGERS],
      'with version 1.4 of the API, pitot … counts what the application does',
    ],
    [
      ...['Yarn Plug’n’Play', '', 'exact: the package is unplugged', '', MANAGERS],
      'pitot is unplugged without being asked for, and counts what the application does',
    ],
    [
      ...[
        'two versions of pitot in one process',
        '',
        'the first measures; one line names both',
        'install one version',
      ],
      ...['app/two-copies.test.ts'],
      'of two versions of pitot in one process the first measures it, and one line says that there are two',
    ],
  ]),
  section('Runtimes', 'See [runtimes.md](runtimes.md).', [
    [
      ...['Bun 1.4', '', 'the application’s metrics are exact; no HTTP', '', RUNTIMES],
      'Bun: the application’s metrics are exact, and the start line does not claim HTTP',
    ],
    [
      ...['Deno 2.9', '', 'exact, HTTP with routes included', '`--allow-all`', RUNTIMES],
      'Deno: the application’s metrics, its requests and their routes are exact',
    ],
  ]),
  section(
    'Commands, and options that come late',
    '`NODE_OPTIONS="--import pitot/instrumentation"` reaches every Node.js program that a script starts. pitot leaves ' +
      'those alone that only start, check or build. It measures the programs that they start.',
    [
      [
        ...['`cross-env`, `concurrently`, `dotenv`, `run-s`, `run-p`, `tsx`', ''],
        ...['what they start is measured, they are not', '', 'stack/launchers.test.ts'],
        '…: the application is measured, and the command is not',
      ],
      [
        ...[
          '`turbo run`',
          '',
          'the scripts of packages are measured, it is not',
          TURBO,
          'stack/launchers.test.ts',
        ],
        '…: the package’s application is measured, and the command is not',
      ],
      [
        ...['`nx run`, `lerna run`, `lerna exec`', ''],
        ...['the scripts of packages are measured, they are not', '', 'stack/launchers.test.ts'],
        '…: the package’s application is measured, and the command is not',
      ],
      [
        ...['`husky`, `lint-staged`', '', 'what a hook starts is measured, they are not', ''],
        ...[
          'stack/launchers.test.ts',
          'git commit with …: what the hook starts is measured, and nothing else',
        ],
      ],
      [
        ...['`forever`', '', 'what it starts is measured, it is not', '', 'stack/launchers.test.ts'],
        'forever app.mjs: the application is measured, and the command is not',
      ],
      [
        ...[
          '`turbo ls`, `nx show`, `lerna list`, `forever list`',
          '',
          'not measured; nothing is printed',
          '',
        ],
        ...['stack/launchers.test.ts', '…: pitot neither measures nor prints'],
      ],
      [
        ...['`eslint`, `tsc`, `jest`, `vitest`, `webpack`', '', 'not measured; nothing is printed', ''],
        ...['stack/launchers.test.ts', '…: pitot neither measures nor prints'],
      ],
      [
        ...['`--require ts-node/register`, `--import tsx`', 'any', 'the application is measured', ''],
        ...['stack/launchers.test.ts', 'node …: the application is measured once'],
      ],
      [
        ...['npm, pnpm, yarn, `nodemon`, `pm2`, …, by their paths', ''],
        ...['not measured', '', LAUNCHERS],
        'programs whose only work is to start others are known by their paths',
      ],
      [
        ...['`next build`, `nuxt build`, `vite build`, …', '', 'not measured', '', LAUNCHERS],
        'a framework that builds is one, and a framework that serves is not',
      ],
      [
        ...['`boot({ serviceName, port, exporters, … })` after the start', 'pitot first'],
        ...['takes effect; no count is lost', '', 'e2e/boot.test.ts'],
        'options that come when pitot is running take effect where they can, without a lost count',
      ],
      [
        ...['`boot({ sources, seriesLimit, views, … })` after the start', 'pitot first'],
        ...['one warning names them', 'set them as environment variables', 'e2e/boot.test.ts'],
        'options that come too late get one line, and those that change nothing get none',
      ],
    ],
  ),
];

type Cells = readonly string[];

function section(title: string, introduction: string, rows: readonly Cells[]): Section {
  return { title, introduction, rows: rows.map(rowOf) };
}

function rowOf(cells: Cells): Row {
  const [neighbour = '', order = '', outcome = '', setUp = '', file = '', title = ''] = cells;
  if (order !== 'any' && order !== 'pitot first' && order !== 'pitot last' && order !== '') {
    throw new Error(`${order} is no order of loading`);
  }
  return { neighbour, order, outcome, setUp, file, title };
}
