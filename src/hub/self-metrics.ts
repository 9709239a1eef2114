import { describeMetrics } from '../contract/contract.ts';
import type { MetricDeclaration } from '../contract/declaration.ts';
import { JSON_FORMAT, scrapeFormats } from './expose/formats/formats.ts';
import { RECORDER_METRICS } from './recorder-metrics.ts';

const FORMATS = [...scrapeFormats({}), JSON_FORMAT].map(({ name }) => name);

/** What the hub says of itself and of the event loops it watches, by name. */
export const SELF_METRICS = {
  'nodejs.eventloop.stall.current': {
    kind: 'observableGauge',
    unit: 's',
    description: 'For how long the event loop has not turned, now; told while it is stuck.',
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
    description: 'What those stalls took together; grows while one lasts.',
    attributes: { 'thread.name': ['main', 'worker'] },
  },
  'pitot.scrapes': {
    kind: 'counter',
    unit: '{scrape}',
    integer: true,
    description: 'Scrapes that were let in, by what they asked for and how they ended.',
    attributes: {
      'pitot.scrape.format': FORMATS,
      'pitot.scrape.outcome': ['complete', 'failed', 'late', 'cut'],
    },
  },
  'pitot.scrape.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time from the request to the end of its answer.',
    attributes: { 'pitot.scrape.format': FORMATS },
    boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  'pitot.scrape.io': {
    kind: 'counter',
    unit: 'By',
    integer: true,
    description: 'Bytes of the bodies of answers, as they were sent.',
    attributes: { 'pitot.scrape.format': FORMATS },
  },
  'pitot.series': {
    kind: 'observableGauge',
    unit: '{series}',
    integer: true,
    description: 'Series of each instrument when the metrics were last read.',
    attributes: { 'pitot.instrument.name': 'string' },
  },
  ...RECORDER_METRICS,
  'pitot.config.reloads': {
    kind: 'counter',
    unit: '{reload}',
    integer: true,
    description:
      'Changes of a file that secures the endpoint; after a failure what it said before is in force.',
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
      'Connections and requests that the endpoint did not let in; `scrapes`: because of the others in flight.',
    attributes: {
      'pitot.refusal.reason': [
        'handshake',
        'client_certificate',
        'credentials',
        'busy',
        'rate_limit',
        'connections',
        'scrapes',
      ],
    },
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

export const SELF_CONTRACT = describeMetrics('', SELF_METRICS, {
  title: 'pitot itself',
  introduction: 'Always there, from the hub.',
});
