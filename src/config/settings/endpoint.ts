import { BEAT_INTERVAL_MS } from '../../model/vital-signs.ts';
import { DEFAULT_STRATEGY, TRANSLATION_STRATEGIES } from '../../naming/naming.ts';
import { choice, flag, integer, milliseconds, portOrNone, text } from '../parsers/parser.ts';
import { hostNames, origins, securingFile, webConfigObject } from '../parsers/security.ts';
import { setting } from '../parsers/setting.ts';

/** The origin of the names for process and runtime; "default metrics" is prom-client's word. */
const DEFAULT_METRICS = ['opentelemetry', 'prom-client', 'both'] as const;
export type DefaultMetrics = (typeof DEFAULT_METRICS)[number];

/** Where metrics are served, how, and to whom. */
export const ENDPOINT = {
  host: setting({
    group: 'Endpoint',
    variables: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    parser: text('host name or address'),
    default: 'localhost',
    meaning: 'The address that the endpoint listens on. `localhost` is both 127.0.0.1 and ::1.',
  }),
  port: setting({
    group: 'Endpoint',
    variables: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
    parser: portOrNone(),
    default: 9464,
    meaning:
      "The endpoint's port. With 0 pitot takes a free port and logs it. `none` opens no port: the application's own route serves the metrics (docs/own-route.md).",
  }),
  scopeLabels: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCOPE_LABELS'],
    parser: flag(),
    default: true,
    meaning: 'Whether series carry the labels `otel_scope_name`, `otel_scope_version` and so on.',
  }),
  translationStrategy: setting({
    group: 'Endpoint',
    variables: ['PITOT_TRANSLATION_STRATEGY'],
    parser: choice(TRANSLATION_STRATEGIES),
    default: DEFAULT_STRATEGY,
    meaning:
      "How names become Prometheus' names: whether underscores replace dots and the like (without, for scrapers that ask for `escaping=allow-utf-8`), and whether names end with the unit and `_total` (docs/endpoint.md).",
  }),
  defaultMetrics: setting({
    group: 'Endpoint',
    variables: ['PITOT_DEFAULT_METRICS'],
    parser: choice(DEFAULT_METRICS),
    default: 'opentelemetry',
    meaning:
      "The names of the process and runtime metrics on the endpoint: those of OpenTelemetry's conventions, those of prom-client's default metrics in their place, or both (docs/migrating-from-prom-client.md). pitot's own dashboards and alerts need `opentelemetry` or `both`.",
  }),
  createdSeries: setting({
    group: 'Endpoint',
    variables: ['PITOT_CREATED_SERIES'],
    parser: flag(),
    default: false,
    meaning:
      'Whether OpenMetrics carries the start times of counters and histograms in `_created` samples. A Prometheus without `created-timestamp-zero-ingestion` stores each as one more series (docs/endpoint.md).',
  }),
  classicBuckets: setting({
    group: 'Endpoint',
    variables: ['PITOT_CLASSIC_BUCKETS'],
    parser: flag(),
    default: true,
    meaning:
      'Whether the protobuf format carries classic buckets beside native histograms, for scrapers that take both.',
  }),
  webConfigFile: setting({
    group: 'Endpoint',
    variables: ['PITOT_WEB_CONFIG_FILE'],
    parser: securingFile(),
    default: undefined,
    meaning:
      "Web configuration file in the format of Prometheus' exporters: TLS, users and passwords, headers, rate limit (docs/security.md).",
  }),
  webConfig: setting({
    group: 'Endpoint',
    variables: [],
    parser: webConfigObject(),
    default: undefined,
    secret: true,
    meaning: 'The content of a web configuration file, as an object.',
  }),
  bearerTokenFile: setting({
    group: 'Endpoint',
    variables: ['PITOT_BEARER_TOKEN_FILE'],
    parser: securingFile(),
    default: undefined,
    meaning: 'File of accepted bearer tokens, one on each line.',
  }),
  page: setting({
    group: 'Endpoint',
    variables: ['PITOT_PAGE'],
    parser: choice(['on', 'off']),
    default: 'on',
    meaning: 'Whether the endpoint serves the live page at `/`, and the stream that `pitot top` reads.',
  }),
  pprof: setting({
    group: 'Endpoint',
    variables: ['PITOT_PPROF'],
    parser: flag(),
    default: false,
    meaning:
      'Whether profiles of the main thread are served at `/debug/pprof/`, for `go tool pprof`. Only with credentials (docs/stalls.md).',
  }),
  openHealth: setting({
    group: 'Endpoint',
    variables: ['PITOT_OPEN_HEALTH'],
    parser: flag(),
    default: false,
    meaning: 'Whether `/livez` and `/readyz` answer without credentials where the metrics need them.',
  }),
  corsOrigins: setting({
    group: 'Endpoint',
    variables: ['PITOT_CORS_ORIGINS'],
    parser: origins(),
    default: [],
    defaultText: 'none',
    meaning: 'Origins whose scripts may read the metrics in a browser (CORS).',
  }),
  allowedHosts: setting({
    group: 'Endpoint',
    variables: ['PITOT_ALLOWED_HOSTS'],
    parser: hostNames(),
    default: [],
    defaultText: 'none',
    meaning:
      'More host names that an open endpoint on loopback answers to, for a proxy on the same machine (docs/security.md).',
  }),
  scrapeTimeout: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCRAPE_TIMEOUT'],
    parser: milliseconds(1),
    default: 10_000,
    meaning: 'Deadline of a scrape. It counts only where the client sends none; Prometheus does.',
  }),
  maxScrapes: setting({
    group: 'Endpoint',
    variables: ['PITOT_MAX_SCRAPES'],
    parser: integer(1, 1000),
    default: 10,
    meaning: 'How many scrapes may run at once. Further scrapes get 503.',
  }),
  scrapeCache: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCRAPE_CACHE'],
    parser: milliseconds(0),
    default: 0,
    meaning: 'How long other scrapes get the values of an earlier one. With 0 every scrape collects.',
  }),
  readyStall: setting({
    group: 'Endpoint',
    variables: ['PITOT_READY_STALL'],
    parser: milliseconds(BEAT_INTERVAL_MS),
    default: 5000,
    meaning: "How long the main thread's event loop may be stuck before `/readyz` answers 503.",
  }),
} as const;
