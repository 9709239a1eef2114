import { describeMetrics } from '../contract/contract.ts';
import type { AttributeDeclarations, MetricDeclaration } from '../contract/declaration.ts';
import { JSON_FORMAT, scrapeFormats } from './expose/formats/formats.ts';

const FORMATS = [...scrapeFormats({}), JSON_FORMAT].map(({ name }) => name);

/** Semantic conventions of code: the function and its file, without the line, which changes with every release. */
const STALL_CAUSE = {
  'thread.name': ['main', 'worker'],
  'code.function.name': 'string',
  'code.file.path': {
    type: 'string',
    description: 'Relative to the working directory; of packages, from `node_modules`.',
  },
} as const satisfies AttributeDeclarations;

/** Metrics of pitot's own, by name: the hub, its endpoint, the recorders, and the event loops that the hub watches. */
export const INTERNAL_METRICS = {
  'nodejs.eventloop.stall.current': {
    kind: 'observableGauge',
    unit: 's',
    description: 'How long the event loop has been stuck, at this moment; also reported while it is stuck.',
    attributes: {
      'thread.name': ['main', 'worker'],
      'thread.id': { type: 'number', optional: true, description: "A worker thread's `threadId`." },
    },
  },
  'nodejs.eventloop.stalls': {
    kind: 'observableCounter',
    unit: '{stall}',
    integer: true,
    description: 'Stalls of the event loop of at least `PITOT_STALL_THRESHOLD`.',
    attributes: { 'thread.name': ['main', 'worker'] },
  },
  'nodejs.eventloop.stall.time': {
    kind: 'observableCounter',
    unit: 's',
    description: 'Total duration of those stalls; grows while one lasts.',
    attributes: { 'thread.name': ['main', 'worker'] },
  },
  'pitot.stall.causes': {
    kind: 'observableCounter',
    unit: '{stall}',
    integer: true,
    description:
      'Stalls whose cause pitot found, by the function that held the event loop; see docs/stalls.md.',
    attributes: STALL_CAUSE,
  },
  'pitot.stall.cause.time': {
    kind: 'observableCounter',
    unit: 's',
    description: 'Total duration of those stalls.',
    attributes: STALL_CAUSE,
  },
  'pitot.scrapes': {
    kind: 'counter',
    unit: '{scrape}',
    integer: true,
    description: 'Accepted scrapes, by format and outcome.',
    attributes: {
      'pitot.scrape.format': FORMATS,
      'pitot.scrape.outcome': ['complete', 'failed', 'late', 'cut'],
    },
  },
  'pitot.scrape.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the request to the end of its response.',
    attributes: { 'pitot.scrape.format': FORMATS },
    boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  'pitot.scrape.io': {
    kind: 'counter',
    unit: 'By',
    integer: true,
    description: 'Bytes of response bodies as sent, after compression.',
    attributes: { 'pitot.scrape.format': FORMATS },
  },
  'pitot.series': {
    kind: 'observableGauge',
    unit: '{series}',
    integer: true,
    description:
      'Series of each instrument at the last collection. Past 1,998 instruments one series has the sum of the others.',
    attributes: { 'pitot.instrument.name': 'string' },
  },
  'pitot.series.overflow': {
    kind: 'observableGauge',
    unit: '{instrument}',
    integer: true,
    description:
      '1 for each instrument that has reached its limit of series and counts the rest in `otel.metric.overflow`.',
    attributes: { 'pitot.instrument.name': 'string' },
  },
  'pitot.recorder.memory': {
    kind: 'observableUpDownCounter',
    unit: 'By',
    integer: true,
    description: 'Shared memory of the recorders: used by series, and free for new ones.',
    attributes: { 'pitot.memory.state': ['used', 'free'] },
  },
  'pitot.config.reloads': {
    kind: 'counter',
    unit: '{reload}',
    integer: true,
    description:
      'Reloads of the files that secure the endpoint; after a failure the earlier contents stay in force.',
    attributes: {
      'pitot.config.file': ['web_config', 'bearer_tokens'],
      'pitot.config.outcome': ['success', 'failure'],
    },
  },
  'pitot.endpoint.refusals': {
    kind: 'counter',
    unit: '{refusal}',
    integer: true,
    description:
      'Connections and requests that the endpoint refused; `scrapes`: too many scrapes were in flight.',
    attributes: {
      'pitot.refusal.reason': [
        'handshake',
        'client_certificate',
        'credentials',
        'busy',
        'rate_limit',
        'connections',
        'scrapes',
        'host',
        'origin',
      ],
    },
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

export const INTERNAL_CONTRACT = describeMetrics('', INTERNAL_METRICS, {
  title: 'pitot itself',
  introduction: 'The hub always reports these.',
});
