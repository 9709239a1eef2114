import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, PIPELINE_TAG, SERVICE_TAG } from './dashboard-frame.ts';
import { SCRAPE_DURATION, SCRAPE_SAMPLES, UP } from './foreign-metrics.ts';
import { metric } from './metric.ts';
import {
  level,
  mean,
  ofTargets,
  orZero,
  PRESENT,
  quantile,
  rate,
  resets,
  rest,
  share,
  top,
} from './query.ts';
import { stat } from './stat.ts';
import { stateTimeline } from './state-timeline.ts';
import { timeSeries } from './time-series.ts';

const SCRAPES = metric('pitot.scrapes');
const SCRAPE_TIME = metric('pitot.scrape.duration');
const SCRAPE_BYTES = metric('pitot.scrape.io');
const SERIES = metric('pitot.series');
const OVERFLOW = metric('pitot.series.overflow');
const MEMORY = metric('pitot.recorder.memory');
const REFUSALS = metric('pitot.endpoint.refusals');
const RELOADS = metric('pitot.config.reloads');
const SOURCE_AGE = metric('pitot.source.age');
const SOURCE_FAILURES = metric('pitot.source.failures');

const EXPORTED = metric('otel.sdk.exporter.metric_data_point.exported');
const FORWARD_LOST = metric('pitot.forward.lost');
const EXPORT_TIME = metric('otel.sdk.exporter.operation.duration');
const COLLECTION_TIME = metric('otel.sdk.metric_reader.collection.duration');

const EXPORTER = { by: ['otel.component.name', 'server.address'] };
const INSTRUMENT = { by: ['pitot.instrument.name'] };

const SUMMARY = [
  stat({
    title: 'Targets that answer',
    description:
      'Share of the targets of these jobs that answer Prometheus. A service that only forwards has none.',
    unit: 'percentunit',
    query: ofTargets(UP, SERIES, { join: 'avg' }),
    limits: { warning: 1, critical: 0.5, below: true },
  }),
  stat({
    title: 'Scrapes that did not complete',
    description: 'Share of scrapes that failed, were late, or whose scraper disconnected.',
    unit: 'percentunit',
    query: rest(share(SCRAPES, { where: { 'pitot.scrape.outcome': 'complete' } })),
    limits: { warning: 0.01, critical: 0.1 },
  }),
  stat({
    title: 'Slowest 5 % of scrapes',
    description: '95 % of the scrapes take less (p95). Scrapes do not block the application.',
    unit: 's',
    query: quantile(0.95, SCRAPE_TIME),
    limits: { warning: 1, critical: 5 },
  }),
  stat({
    title: 'Series',
    description: 'Series of all instruments.',
    unit: 'short',
    query: level(SERIES),
  }),
  stat({
    title: 'Instruments at their limit',
    description: 'Instruments with more attribute combinations than allowed; one series counts the rest.',
    unit: 'short',
    query: orZero(level(OVERFLOW)),
    limits: { warning: 1, critical: 5 },
  }),
  stat({
    title: 'Refused',
    description: 'Connections and requests per second that the endpoint refuses.',
    unit: 'cps',
    query: rate(REFUSALS),
    limits: { warning: 0.1, critical: 10 },
  }),
];

const SCRAPE_PANELS = [
  stateTimeline({
    title: 'Targets',
    description: 'Periods in which Prometheus could scrape each target.',
    query: ofTargets(UP, SERIES, { by: ['job', 'instance'], join: 'max' }),
    one: { text: 'up', colour: 'green' },
    zero: { text: 'down', colour: 'red' },
    span: 8,
  }),
  timeSeries({
    title: 'Scrapes by outcome',
    description: "From the endpoint's view. `late` means no response within the scraper's timeout.",
    unit: 'cps',
    queries: [rate(SCRAPES, { by: ['pitot.scrape.outcome'] })],
    span: 8,
    colours: { '/complete/': 'green', '/(failed|cut)/': 'red', '/late/': 'orange' },
  }),
  timeSeries({
    title: 'Duration of scrapes',
    description: "From Prometheus' view, including the network.",
    unit: 's',
    queries: [ofTargets(SCRAPE_DURATION, SERIES, { by: ['instance'], join: 'max' })],
    span: 8,
  }),
  timeSeries({
    title: 'Samples per scrape',
    description: 'Samples that Prometheus stores from each scrape.',
    unit: 'short',
    queries: [ofTargets(SCRAPE_SAMPLES, SERIES, { by: ['instance'], join: 'max' })],
    span: 8,
  }),
  timeSeries({
    title: 'Response bytes',
    description: 'Sent bytes by format, compressed if the scraper accepts it.',
    unit: 'binBps',
    queries: [rate(SCRAPE_BYTES, { by: ['pitot.scrape.format'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Refused by reason',
    description:
      'Requests and connections that the endpoint refuses, such as for wrong credentials or too many at once.',
    unit: 'cps',
    queries: [rate(REFUSALS, { by: ['pitot.refusal.reason'] })],
    span: 8,
  }),
];

const SERIES_PANELS = [
  timeSeries({
    title: 'Instruments with the most series',
    description: 'The ten largest. An instrument that only grows has an attribute with too many values.',
    unit: 'short',
    queries: [top(10, level(SERIES, INSTRUMENT))],
    span: 12,
  }),
  timeSeries({
    title: 'Overflowing instruments',
    description: 'Instruments whose new attribute combinations are counted in one series.',
    noValue: 'No instrument has reached its limit',
    unit: 'short',
    queries: [level(OVERFLOW, { ...INSTRUMENT, join: 'max' })],
    span: 6,
  }),
  timeSeries({
    title: 'Memory of the recorders',
    description: 'Shared memory in use for series, and memory free for new ones.',
    unit: 'bytes',
    queries: [level(MEMORY, { by: ['pitot.memory.state'] })],
    span: 6,
    stacked: true,
  }),
];

const FORWARDING = [
  timeSeries({
    title: 'Exported data points',
    description: 'Data points sent over OTLP, by exporter.',
    noValue: 'Filled by OTEL_METRICS_EXPORTER=prometheus,otlp',
    unit: 'cps',
    queries: [rate(EXPORTED, EXPORTER)],
    span: 8,
  }),
  timeSeries({
    title: 'Failed exports',
    description:
      'Share of exported data points that did not arrive. The next export contains the totals again.',
    noValue: 'Filled by OTEL_METRICS_EXPORTER=prometheus,otlp',
    unit: 'percentunit',
    queries: [share(EXPORTED, { ...EXPORTER, where: { 'error.type': PRESENT } })],
    span: 8,
    limits: { warning: 0.01, critical: 0.5 },
  }),
  timeSeries({
    title: 'Lost data points',
    description: 'Data points that no later export makes up for: rejected ones, and refused delta intervals.',
    unit: 'cps',
    queries: [orZero(rate(FORWARD_LOST))],
    span: 8,
    colours: { '/./': 'red' },
  }),
  timeSeries({
    title: 'Duration of exports',
    description: 'Average, with all retries.',
    noValue: 'Filled by OTEL_METRICS_EXPORTER=prometheus,otlp',
    unit: 's',
    queries: [mean(EXPORT_TIME, EXPORTER)],
    span: 12,
  }),
  timeSeries({
    title: 'Duration of collections',
    description: 'Average time to collect the numbers for one scrape or one export.',
    unit: 's',
    queries: [mean(COLLECTION_TIME, { by: ['otel.component.type'] })],
    span: 12,
  }),
];

const SOURCES = [
  timeSeries({
    title: 'Age of observed values',
    description:
      'Time since each source of `observe()` last answered. A rise means that it no longer answers.',
    noValue: 'Filled by observe()',
    unit: 's',
    queries: [level(SOURCE_AGE, { by: ['pitot.source.name'], join: 'max' })],
    span: 8,
  }),
  timeSeries({
    title: 'Failed observations',
    description: 'Calls that a source answered with an error or too late.',
    noValue: 'No observation has failed',
    unit: 'cps',
    queries: [rate(SOURCE_FAILURES, { by: ['pitot.source.name', 'error.type'] })],
    span: 8,
  }),
  timeSeries({
    title: 'Reloads of security files',
    description: 'By outcome. After a failure the previous version stays in force.',
    unit: 'cps',
    queries: [rate(RELOADS, { by: ['pitot.config.file', 'pitot.config.outcome'] })],
    span: 8,
    colours: { '/failure/': 'red', '/success/': 'green' },
  }),
];

/** Can you trust the numbers on the other dashboards? */
export function pitotItself(): Dashboard {
  return dashboard({
    uid: 'pitot-itself',
    title: 'pitot itself',
    description: 'Scrapes, series and their limits, forwarding, sources, and refused clients.',
    tags: [SERVICE_TAG, PIPELINE_TAG],
    chosenBy: SERIES,
    marks: { title: 'A process started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Scrapes', panels: SCRAPE_PANELS },
      { title: 'Series', panels: SERIES_PANELS },
      { title: 'Forwarding', panels: FORWARDING },
      { title: 'Sources and security', panels: SOURCES },
    ],
  });
}
