import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, PIPELINE_TAG } from './dashboard-frame.ts';
import {
  ACCEPTED,
  COLLECTOR_CPU,
  COLLECTOR_HEAP,
  COLLECTOR_MEMORY,
  COLLECTOR_UPTIME,
  ENQUEUE_FAILED,
  FAILED,
  QUEUE_CAPACITY,
  QUEUE_SIZE,
  REFUSED,
  SEND_FAILED,
  SENT,
  UP,
} from './foreign-metrics.ts';
import { largest, level, named, ofTargets, orZero, per, plus, rate, resets } from './query.ts';
import { stat } from './stat.ts';
import { stateTimeline } from './state-timeline.ts';
import { timeSeries } from './time-series.ts';

const EXPORTER = { by: ['exporter'] };
const EACH = { by: ['instance', 'exporter'] };
const RECEIVER = { by: ['receiver', 'transport'] };
const INSTANCE = { by: ['instance'] };

const SUMMARY = [
  stat({
    title: 'Points in',
    description: 'Data points per second that receivers accept.',
    unit: 'cps',
    query: rate(ACCEPTED),
  }),
  stat({
    title: 'Points refused',
    description:
      'Data points per second that receivers refuse, mostly for lack of memory. Services send them again.',
    unit: 'cps',
    query: plus(rate(REFUSED), rate(FAILED)),
    limits: { warning: 1, critical: 100 },
  }),
  stat({
    title: 'Points out',
    description: 'Data points per second that exporters deliver.',
    unit: 'cps',
    query: rate(SENT),
  }),
  stat({
    title: 'Points lost',
    description: 'Data points that exporters could not deliver, or that found the queue full.',
    unit: 'cps',
    query: plus(orZero(rate(SEND_FAILED)), orZero(rate(ENQUEUE_FAILED))),
    limits: { warning: 0.001, critical: 1 },
  }),
  stat({
    title: 'Fullest queue',
    description: 'Used share of the fullest queue. At 100 % the Collector loses new data.',
    unit: 'percentunit',
    query: largest(per(level(QUEUE_SIZE, EACH), level(QUEUE_CAPACITY, EACH))),
    limits: { warning: 0.5, critical: 0.9 },
  }),
  stat({
    title: 'Collectors that answer',
    description: 'Share of the scraped Collectors that answer.',
    unit: 'percentunit',
    query: ofTargets(UP, COLLECTOR_UPTIME, { join: 'avg' }),
    limits: { warning: 1, critical: 0.5, below: true },
  }),
];

const POINTS = [
  timeSeries({
    title: 'Points in',
    description: 'Data points that each receiver accepts.',
    unit: 'cps',
    queries: [rate(ACCEPTED, RECEIVER)],
    span: 8,
  }),
  timeSeries({
    title: 'Points not taken',
    description: 'Refused for lack of memory, or failed. Services send them again, for a while.',
    unit: 'cps',
    queries: [
      named('{{receiver}} {{transport}} refused', rate(REFUSED, RECEIVER)),
      named('{{receiver}} {{transport}} failed', rate(FAILED, RECEIVER)),
    ],
    span: 8,
    colours: { '/refused$/': 'orange', '/failed$/': 'red' },
  }),
  timeSeries({
    title: 'Points out',
    description: 'Data points that each exporter delivers. Fewer than come in: they wait, or are lost.',
    unit: 'cps',
    queries: [rate(SENT, EXPORTER)],
    span: 8,
  }),
  timeSeries({
    title: 'Points lost',
    description: 'Data points that the destination rejected permanently, or that found the queue full.',
    unit: 'cps',
    queries: [
      named('not delivered', orZero(rate(SEND_FAILED))),
      named('no room in the queue', orZero(rate(ENQUEUE_FAILED))),
    ],
    span: 8,
    colours: { '/./': 'red' },
  }),
  timeSeries({
    title: 'Queues',
    description: "Used share of each exporter's queue. It fills while the destination is unreachable.",
    unit: 'percentunit',
    queries: [per(level(QUEUE_SIZE, EACH), level(QUEUE_CAPACITY, EACH))],
    span: 8,
    max: 1,
    limits: { warning: 0.5, critical: 0.9 },
  }),
  stateTimeline({
    title: 'Collectors',
    description: 'Periods in which Prometheus could scrape each Collector.',
    query: ofTargets(UP, COLLECTOR_UPTIME, { by: ['job', 'instance'], join: 'max' }),
    one: { text: 'up', colour: 'green' },
    zero: { text: 'down', colour: 'red' },
    span: 8,
  }),
];

const PROCESS = [
  timeSeries({
    title: 'CPU',
    description: 'CPU time that each Collector uses. 100 % is one CPU.',
    unit: 'percentunit',
    queries: [rate(COLLECTOR_CPU, INSTANCE)],
    span: 8,
  }),
  timeSeries({
    title: 'Memory',
    description:
      'Resident memory, and the heap in it. Above 80 % of the limit, the memory limiter refuses data.',
    unit: 'bytes',
    queries: [
      named('{{instance}} resident', level(COLLECTOR_MEMORY, INSTANCE)),
      named('{{instance}} heap', level(COLLECTOR_HEAP, INSTANCE)),
    ],
    span: 8,
  }),
  timeSeries({
    title: 'Uptime',
    description: 'Time since each Collector started.',
    unit: 's',
    queries: [level(COLLECTOR_UPTIME, INSTANCE)],
    span: 8,
  }),
];

/** Do forwarded metrics arrive? */
export function collector(): Dashboard {
  return dashboard({
    uid: 'pitot-otel-collector',
    title: 'OpenTelemetry Collector',
    description: 'Incoming, outgoing, waiting and lost data points.',
    tags: [PIPELINE_TAG, 'opentelemetry-collector'],
    chosenBy: COLLECTOR_UPTIME,
    marks: { title: 'A Collector started', ...resets(COLLECTOR_UPTIME) },
    summary: SUMMARY,
    rows: [
      { title: 'Points', panels: POINTS },
      { title: 'Processes', panels: PROCESS },
    ],
  });
}
