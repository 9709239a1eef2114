/**
 * The cost of HTTP metrics for a service with one processor, beside the peers. See README.md.
 * `node bench/http.ts [--rounds 7] [--seconds 4] [--warm-up 5]`; a run with any of these options only prints
 * its results.
 */
import { parseArgs } from 'node:util';
import { cpuOf, GO, measureHttp, prepareHttp, type Report } from './http-run.ts';
import { HEADER, rowsOf } from './http-table.ts';
import { table, writeResults } from './results.ts';
import { inTurn } from './rounds.ts';
import { MARK } from './statistics.ts';

const { values: given } = parseArgs({
  options: { rounds: { type: 'string' }, seconds: { type: 'string' }, 'warm-up': { type: 'string' } },
});
const ROUNDS = Number(given.rounds ?? 7);
/** How long each service is measured in each round, and the most for which it is warmed up before. */
const SECONDS = Number(given.seconds ?? 4);
const WARM_UP = Number(given['warm-up'] ?? 5);
const CONNECTIONS = 32;

const CONTESTANTS: Readonly<Record<string, readonly string[]>> = {
  express: [
    'uninstrumented',
    'pitot',
    'pitot/prom-client',
    'prom-client',
    '@prometheus-io/client',
    'express-prom-bundle',
    'OpenTelemetry',
  ],
  'node:http': ['uninstrumented', 'pitot', 'prom-client', 'OpenTelemetry'],
  /** For scale. */
  [GO]: ['uninstrumented', 'promhttp', 'otelhttp'],
};
const PEERS = [
  'express',
  'prom-client',
  '@prometheus-io/client',
  'express-prom-bundle',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/exporter-prometheus',
  '@opentelemetry/instrumentation-http',
  '@opentelemetry/instrumentation-express',
];

prepareHttp(Object.keys(CONTESTANTS));
const turns = Object.entries(CONTESTANTS).flatMap(([framework, contestants]) =>
  contestants.map((contestant) => ({ framework, contestant })),
);
const results = await inTurn(turns, ROUNDS, async (turn, round) => {
  const report = await measureHttp({
    ...turn,
    connections: CONNECTIONS,
    seconds: SECONDS,
    warmUp: WARM_UP,
  });
  console.error(`round ${round + 1}: ${turn.framework}, ${turn.contestant}: ${cpuOf(report).toFixed(1)} µs`);
  return report;
});
const tables = Object.keys(CONTESTANTS).map((framework) => {
  const reports = [...results].filter(([turn]) => turn.framework === framework);
  const named = new Map(reports.map(([{ contestant }, own]): [string, Report[]] => [contestant, own]));
  return table([framework, ...HEADER], rowsOf(named));
});
const conditions =
  `${CONNECTIONS} connections; ${ROUNDS} rounds of ${SECONDS} s for each service, after up to ${WARM_UP} s of ` +
  'warming up. In parentheses the quartiles of the rounds; ratios compare contestants within a round.';
const markdown = [conditions, ...tables, MARK].join('\n\n');
if (Object.keys(given).length === 0) writeResults('http', markdown, PEERS);
else console.log(markdown);
