import { BEAT_INTERVAL_MS } from '../../model/vital-signs.ts';
import { DEFAULT_STRATEGY, TRANSLATION_STRATEGIES } from '../../naming/naming.ts';
import { choice, flag, integer, milliseconds, text } from '../parsers/parser.ts';
import { hostNames, origins, securingFile, webConfigObject } from '../parsers/security.ts';
import { setting } from '../parsers/setting.ts';

/** Where metrics are served, how, and to whom. */
export const ENDPOINT = {
  host: setting({
    group: 'Endpoint',
    variables: ['OTEL_EXPORTER_PROMETHEUS_HOST'],
    parser: text('host name or address'),
    default: 'localhost',
    meaning: 'Where the endpoint listens; `localhost` means both 127.0.0.1 and ::1.',
  }),
  port: setting({
    group: 'Endpoint',
    variables: ['OTEL_EXPORTER_PROMETHEUS_PORT'],
    parser: integer(0, 65535),
    default: 9464,
    meaning: 'Port of the endpoint; 0 takes a free one and says which.',
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
      "How names become Prometheus' names: with dots and the like as underscores or not (for scrapers that ask for `escaping=allow-utf-8`), with unit and `_total` or not (docs/endpoint.md).",
  }),
  createdSeries: setting({
    group: 'Endpoint',
    variables: ['PITOT_CREATED_SERIES'],
    parser: flag(),
    default: false,
    meaning:
      'Whether OpenMetrics has `_created` samples with the start times of counters and histograms. A Prometheus without `created-timestamp-zero-ingestion` stores them as series of their own (docs/endpoint.md).',
  }),
  classicBuckets: setting({
    group: 'Endpoint',
    variables: ['PITOT_CLASSIC_BUCKETS'],
    parser: flag(),
    default: true,
    meaning:
      'Whether native histograms have classic buckets beside them in the protobuf format, for scrapers that are set to take both.',
  }),
  webConfigFile: setting({
    group: 'Endpoint',
    variables: ['PITOT_WEB_CONFIG_FILE'],
    parser: securingFile(),
    default: undefined,
    meaning:
      "Web configuration file as of Prometheus' exporters: TLS, users and their passwords, headers, rate limit (docs/security.md).",
  }),
  webConfig: setting({
    group: 'Endpoint',
    variables: [],
    parser: webConfigObject(),
    default: undefined,
    secret: true,
    meaning: 'What the web configuration file holds, as an object.',
  }),
  bearerTokenFile: setting({
    group: 'Endpoint',
    variables: ['PITOT_BEARER_TOKEN_FILE'],
    parser: securingFile(),
    default: undefined,
    meaning: 'File of the bearer tokens that are let in, one a line.',
  }),
  page: setting({
    group: 'Endpoint',
    variables: ['PITOT_PAGE'],
    parser: choice(['on', 'off']),
    default: 'on',
    meaning: 'Whether browsers are shown a live page at `/`, and `pitot top` can be used.',
  }),
  openHealth: setting({
    group: 'Endpoint',
    variables: ['PITOT_OPEN_HEALTH'],
    parser: flag(),
    default: false,
    meaning: 'Whether `/livez` and `/readyz` answer everybody, also where the metrics do not.',
  }),
  corsOrigins: setting({
    group: 'Endpoint',
    variables: ['PITOT_CORS_ORIGINS'],
    parser: origins(),
    default: [],
    defaultText: 'none',
    meaning: 'Origins whose scripts may read the metrics in a browser.',
  }),
  allowedHosts: setting({
    group: 'Endpoint',
    variables: ['PITOT_ALLOWED_HOSTS'],
    parser: hostNames(),
    default: [],
    defaultText: 'none',
    meaning:
      'Further host names under which an endpoint on loopback answers without credentials, for a proxy on the same machine (docs/security.md).',
  }),
  scrapeTimeout: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCRAPE_TIMEOUT'],
    parser: milliseconds(1),
    default: 10_000,
    meaning: 'Longest time for a scrape whose client does not say how long it waits, as Prometheus does.',
  }),
  maxScrapes: setting({
    group: 'Endpoint',
    variables: ['PITOT_MAX_SCRAPES'],
    parser: integer(1, 1000),
    default: 10,
    meaning: 'Scrapes at the same time; what goes beyond is answered with 503.',
  }),
  scrapeCache: setting({
    group: 'Endpoint',
    variables: ['PITOT_SCRAPE_CACHE'],
    parser: milliseconds(0),
    default: 0,
    meaning:
      'Time for which what was collected for one scrape is served to others as well; 0 collects for each.',
  }),
  readyStall: setting({
    group: 'Endpoint',
    variables: ['PITOT_READY_STALL'],
    parser: milliseconds(BEAT_INTERVAL_MS),
    default: 5000,
    meaning: "Time for which the main thread's event loop may be stuck before `/readyz` answers 503.",
  }),
} as const;
