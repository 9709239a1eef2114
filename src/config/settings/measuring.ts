import { BEAT_INTERVAL_MS } from '../../model/vital-signs.ts';
import { namePatterns, numbersByPattern, redactions } from '../parsers/by-pattern.ts';
import {
  choice,
  choices,
  flag,
  integer,
  MAX_INTEGER,
  milliseconds,
  namesAmong,
  text,
} from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';
import { views } from '../parsers/views.ts';
import { OPTIONAL_SOURCES, SOURCE_NAMES } from '../sources.ts';

/** What is measured, and within which bounds. */
export const MEASURING = {
  http: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP'],
    parser: choice(['native', 'official', 'off']),
    default: 'native',
    meaning:
      'What measures HTTP: pitot (`native`), the official instrumentations of HTTP and Express, which also make spans if a tracer provider is registered (`official`), or nothing (`off`).',
  }),
  httpKnownMethods: setting({
    group: 'What is measured',
    variables: ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'],
    parser: namePatterns('methods'),
    default: undefined,
    defaultText: 'CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE',
    meaning: 'The HTTP methods that are recorded by name, case-sensitive; every other is `_OTHER`.',
  }),
  httpExcludedPaths: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP_EXCLUDED_PATHS'],
    parser: namePatterns('paths'),
    default: [],
    defaultText: 'none',
    meaning: 'Requests to a server whose path matches one of these are not measured (with `native`).',
  }),
  httpTrustProxy: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP_TRUST_PROXY'],
    parser: flag(),
    default: false,
    meaning:
      'Whether `url.scheme` of requests to a server is the one that `Forwarded` or `X-Forwarded-Proto` names (with `native`). Only if a proxy in front sets these headers, because any client can send them.',
  }),
  webSockets: setting({
    group: 'What is measured',
    variables: ['PITOT_WEBSOCKETS'],
    parser: choices(OPTIONAL_SOURCES),
    default: [],
    defaultText: 'none',
    meaning:
      'Servers of WebSockets that are measured without a call: all of `ws`, all of Socket.IO. Not for connections that the application tells of by hand with `websocket.connection`, which would be counted twice.',
  }),
  sources: setting({
    group: 'What is measured',
    variables: ['PITOT_SOURCES', 'OTEL_NODE_ENABLED_INSTRUMENTATIONS'],
    parser: namesAmong(SOURCE_NAMES),
    default: undefined,
    defaultText: `all but ${OPTIONAL_SOURCES.map((name) => `\`${name}\``).join(', ')}`,
    meaning:
      'The only automatic sources to use; `none` is no source. `PITOT_SOURCES` takes the place of the OpenTelemetry variable, whose names of instrumentations that pitot does not have are left to others.',
  }),
  disabledSources: setting({
    group: 'What is measured',
    variables: ['PITOT_DISABLED_SOURCES', 'OTEL_NODE_DISABLED_INSTRUMENTATIONS'],
    parser: namesAmong(SOURCE_NAMES),
    default: [],
    defaultText: 'none',
    meaning:
      'Automatic sources to leave out, also of those named above. `PITOT_DISABLED_SOURCES` takes the place of the OpenTelemetry variable, so that `PITOT_DISABLED_SOURCES=none` keeps every source of pitot where that variable disables official instrumentations.',
  }),
  seriesLimit: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_LIMIT'],
    parser: integer(1, MAX_INTEGER),
    default: 2000,
    meaning: 'How many series one instrument may have; what goes beyond is counted in one overflow series.',
  }),
  seriesLimits: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_LIMITS'],
    parser: numbersByPattern('limit', 1),
    default: {},
    defaultText: 'none',
    meaning:
      'The same for single instruments, by patterns of their names; the first that matches counts, also over a contract.',
  }),
  seriesIdle: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_IDLE'],
    parser: numbersByPattern('milliseconds', 0),
    default: {},
    defaultText: 'none',
    meaning:
      'Times after which series that nothing is recorded into are removed, by patterns of the names of instruments. `*` alone stands for gauges and for up-down counters that are at 0; counters and histograms, which begin anew when they come back, must be named.',
  }),
  redact: setting({
    group: 'What is measured',
    variables: ['PITOT_REDACT'],
    parser: redactions(),
    default: {},
    defaultText: 'none',
    meaning:
      'What becomes of values of attributes before they are stored: kept, the attribute left out (`drop`), replaced by `REDACTED`, by a keyed hash or, as an option, by an alias. Without a rule, values of attributes whose names end like `authorization`, `cookie`, `api_key`, `password` or `access_token` become `REDACTED`.',
  }),
  redactKey: setting({
    group: 'What is measured',
    variables: ['PITOT_REDACT_KEY'],
    parser: text(),
    default: undefined,
    defaultText: 'a random one for each start',
    secret: true,
    meaning: 'Key of the hashes; the same key gives the same hashes in all processes and after a restart.',
  }),
  exponentialHistograms: setting({
    group: 'What is measured',
    variables: ['PITOT_EXPONENTIAL_HISTOGRAMS'],
    parser: namePatterns('names of instruments'),
    default: [],
    defaultText: 'none',
    meaning:
      'Histograms that have base-2 exponential buckets (native histograms in Prometheus), whatever boundaries they were created with.',
  }),
  views: setting({
    group: 'What is measured',
    variables: [],
    parser: views(),
    default: [],
    defaultText: 'none',
    meaning:
      'What becomes of instruments that others have created: another name or description, other buckets, fewer attributes, another limit, or nothing at all (docs/views.md).',
  }),
  exemplarFilter: setting({
    group: 'What is measured',
    variables: ['OTEL_METRICS_EXEMPLAR_FILTER'],
    parser: choice(['always_on', 'always_off', 'trace_based']),
    default: 'trace_based',
    meaning: 'Which measurements may become exemplars: all, none, or those made in a sampled span.',
  }),
  stallThreshold: setting({
    group: 'What is measured',
    variables: ['PITOT_STALL_THRESHOLD'],
    parser: milliseconds(BEAT_INTERVAL_MS),
    default: 1000,
    meaning: 'Time from which on an event loop that does not turn is counted as a stall.',
  }),
} as const;
