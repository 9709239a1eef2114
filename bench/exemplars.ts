/** The cost of exemplars for the recording thread: without a tracer, with one, and in a sampled span. See README.md. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { Recorder, type RecorderOptions } from '../src/app/record/recorder.ts';
import { table, writeResults } from './results.ts';
import { measure, type Operation } from './rounds.ts';
import { withQuartiles } from './statistics.ts';

const ROUNDS = { rounds: 31, slice: 40 };
const ROUTES = Array.from({ length: 50 }, (_, i) => `/orders/${i}/items/:item`);
const OPERATIONS = ['counter, 1 label', 'histogram, 1 label', 'histogram, bound'] as const;

type Filter = NonNullable<RecorderOptions['exemplarFilter']>;

/** All loops share this code. Only the recorder differs. */
function operations(name: string, exemplarFilter: Filter): [string, Operation][] {
  const recorder = new Recorder();
  recorder.configure({ exemplarFilter });
  const meter = recorder.getMeter('bench');
  const counter = meter.createCounter('requests');
  const histogram = meter.createHistogram('duration');
  const bound = ROUTES.map((route) => histogram.bind({ route }));
  const loops: Operation[] = [
    (times) => {
      for (let i = 0; i < times; i++) counter.add(1, { route: ROUTES[i % 50]! });
    },
    (times) => {
      for (let i = 0; i < times; i++) histogram.record(i & 1023, { route: ROUTES[i % 50]! });
    },
    (times) => {
      for (let i = 0; i < times; i++) bound[i % 50]!.record(i & 1023);
    },
  ];
  return loops.map((loop, i) => [`${name}: ${OPERATIONS[i]}`, loop]);
}

const OFF = 'exemplars off';
const UNTRACED = 'by default, without a tracer';
const OUTSIDE = 'with a tracer, outside of a span';
const INSIDE = 'within a sampled span';

const before = measure(
  new Map([...operations(OFF, 'always_off'), ...operations(UNTRACED, 'trace_based')]),
  ROUNDS,
);

// From here on the process has a tracer, permanently.
const tracers = new TracerProvider();
trace.setGlobalTracerProvider(tracers);
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const span = trace.setSpan(context.active(), tracers.getTracer('bench').startSpan('request'));
const within = operations(INSIDE, 'trace_based').map(([name, loop]): [string, Operation] => [
  name,
  (times) => context.with(span, loop, undefined, times),
]);
const after = measure(new Map([...operations(OUTSIDE, 'trace_based'), ...within]), ROUNDS);

const rows = [OFF, UNTRACED, OUTSIDE, INSIDE].map((name) => [
  name,
  ...OPERATIONS.map((operation) => {
    const key = `${name}: ${operation}`;
    const spread = before.get(key) ?? after.get(key);
    return spread === undefined ? '–' : withQuartiles(spread, 1);
  }),
]);
writeResults('exemplars', table(['ns per recording', ...OPERATIONS], rows), ['@opentelemetry/sdk-trace']);
