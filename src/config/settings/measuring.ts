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

/** The sources that pitot measures, and their limits. */
export const MEASURING = {
  http: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP'],
    parser: choice(['native', 'official', 'off']),
    default: 'native',
    meaning:
      'Selects the code that measures HTTP. `native`: pitot. `official`: the OpenTelemetry instrumentations of HTTP and Express, which also make spans where a tracer provider is registered. `off`: none.',
  }),
  httpKnownMethods: setting({
    group: 'What is measured',
    variables: ['OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS'],
    parser: namePatterns('methods'),
    default: undefined,
    defaultText: 'CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE',
    meaning: 'The HTTP methods that are recorded by name, case-sensitive. Every other method is `_OTHER`.',
  }),
  httpExcludedPaths: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP_EXCLUDED_PATHS'],
    parser: namePatterns('paths'),
    default: [],
    defaultText: 'none',
    meaning: 'Paths whose requests to this service are not measured (with `native`).',
  }),
  httpTrustProxy: setting({
    group: 'What is measured',
    variables: ['PITOT_HTTP_TRUST_PROXY'],
    parser: flag(),
    default: false,
    meaning:
      'Whether `Forwarded` and `X-Forwarded-Proto` decide `url.scheme` of requests to this service (with `native`). Set it only behind a proxy that sets these headers, because any client can send them.',
  }),
  webSockets: setting({
    group: 'What is measured',
    variables: ['PITOT_WEBSOCKETS'],
    parser: choices(OPTIONAL_SOURCES),
    default: [],
    defaultText: 'none',
    meaning:
      'WebSocket servers that pitot measures without a call: all of `ws`, all of Socket.IO. An application that measures connections itself with `websocket.connection` would count them twice.',
  }),
  promClient: setting({
    group: 'What is measured',
    variables: ['PITOT_PROM_CLIENT'],
    parser: choice(['keep', 'replace']),
    default: 'keep',
    meaning:
      '`replace`: who loads `prom-client`, in the application and in its dependencies, gets `pitot/prom-client` (docs/migrating-from-prom-client.md). Needs a start by `--import pitot/instrumentation`.',
  }),
  sources: setting({
    group: 'What is measured',
    variables: ['PITOT_SOURCES', 'OTEL_NODE_ENABLED_INSTRUMENTATIONS'],
    parser: namesAmong(SOURCE_NAMES),
    default: undefined,
    defaultText: `all but ${OPTIONAL_SOURCES.map((name) => `\`${name}\``).join(', ')}`,
    meaning:
      'The only automatic sources to use; `none` uses none. `PITOT_SOURCES` replaces the OpenTelemetry variable, in which pitot ignores the names of other instrumentations.',
  }),
  disabledSources: setting({
    group: 'What is measured',
    variables: ['PITOT_DISABLED_SOURCES', 'OTEL_NODE_DISABLED_INSTRUMENTATIONS'],
    parser: namesAmong(SOURCE_NAMES),
    default: [],
    defaultText: 'none',
    meaning:
      "Automatic sources to leave out, also of those named above. `PITOT_DISABLED_SOURCES` replaces the OpenTelemetry variable: where that one disables official instrumentations, `PITOT_DISABLED_SOURCES=none` keeps all of pitot's sources.",
  }),
  seriesLimit: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_LIMIT'],
    parser: integer(1, MAX_INTEGER),
    default: 2000,
    meaning: 'How many series one instrument may have. Further recordings count in one overflow series.',
  }),
  seriesLimits: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_LIMITS'],
    parser: numbersByPattern('limit', 1),
    default: {},
    defaultText: 'none',
    meaning:
      "The limit for single instruments, by patterns of their names. The first match counts, and wins over a contract's limit.",
  }),
  seriesIdle: setting({
    group: 'What is measured',
    variables: ['PITOT_SERIES_IDLE'],
    parser: numbersByPattern('milliseconds', 0),
    default: {},
    defaultText: 'none',
    meaning:
      "How long a series without a recording stays, by patterns of the instruments' names. `*` alone covers gauges, and up-down counters at 0. Counters and histograms start again from 0 when they come back, so they must be named.",
  }),
  redact: setting({
    group: 'What is measured',
    variables: ['PITOT_REDACT'],
    parser: redactions(),
    default: {},
    defaultText: 'none',
    meaning:
      'How attribute values are redacted before they are stored. `keep` stores the value, `drop` leaves the attribute out, `redact` stores `REDACTED`, `hash` stores a keyed hash; the option also takes aliases. Without a rule, attributes whose names end like `authorization`, `cookie`, `api_key`, `password` or `access_token` become `REDACTED`.',
  }),
  redactKey: setting({
    group: 'What is measured',
    variables: ['PITOT_REDACT_KEY'],
    parser: text(),
    default: undefined,
    defaultText: 'a random one for each start',
    secret: true,
    meaning: 'Key of the hashes. The same key gives the same hashes in all processes and after a restart.',
  }),
  exponentialHistograms: setting({
    group: 'What is measured',
    variables: ['PITOT_EXPONENTIAL_HISTOGRAMS'],
    parser: namePatterns('names of instruments'),
    default: [],
    defaultText: 'none',
    meaning:
      'Histograms that get base-2 exponential buckets (native histograms in Prometheus), also if they have boundaries.',
  }),
  views: setting({
    group: 'What is measured',
    variables: [],
    parser: views(),
    default: [],
    defaultText: 'none',
    meaning:
      'Changes to instruments of other code: another name or description, other buckets, fewer attributes, another limit, or no metric at all (docs/views.md).',
  }),
  exemplarFilter: setting({
    group: 'What is measured',
    variables: ['OTEL_METRICS_EXEMPLAR_FILTER'],
    parser: choice(['always_on', 'always_off', 'trace_based']),
    default: 'trace_based',
    meaning: 'Which measurements may become exemplars: all, none, or those within a sampled span.',
  }),
  stallCauses: setting({
    group: 'What is measured',
    variables: ['PITOT_STALL_CAUSES'],
    parser: flag(),
    default: true,
    meaning:
      'Whether pitot asks a stuck thread for its stack through the inspector, to name the cause of the stall (docs/stalls.md).',
  }),
  stallThreshold: setting({
    group: 'What is measured',
    variables: ['PITOT_STALL_THRESHOLD'],
    parser: milliseconds(BEAT_INTERVAL_MS),
    default: 1000,
    meaning: 'Time from which on an event loop that does not turn is counted as a stall.',
  }),
} as const;
