// Written by docs/generate-settings.ts from table.ts: change the table, then run: npm run docs

import type { GaugeRule } from '../../model/gauge-rules.ts';
import type { Redaction } from '../../model/redaction.ts';
import type { View } from '../../model/view.ts';
import type { ExporterModule } from '../parsers/exporters.ts';
import type { WebConfigOptions } from '../parsers/web-config.ts';

/** The settings as options, with what an editor shows of each. */
export interface SettingOptions {
  /**
   * File of OpenTelemetry's declarative configuration. Where there is one, no other `OTEL_*` variable counts
   * (docs/configuration-file.md).
   *
   * Default: none. Environment variable: `OTEL_CONFIG_FILE`.
   */
  readonly configFile?: string | undefined;

  /**
   * Switches pitot off: nothing is measured, served or forwarded.
   *
   * Default: `false`. Environment variable: `OTEL_SDK_DISABLED`.
   */
  readonly disabled?: boolean | undefined;

  /**
   * The service's name. It wins over `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
   *
   * Default: `unknown_service:node`. Environment variable: `OTEL_SERVICE_NAME`.
   */
  readonly serviceName?: string | undefined;

  /**
   * Attributes of the whole service. The option adds to the variable, and wins where both have a key.
   *
   * Default: none. Environment variable: `OTEL_RESOURCE_ATTRIBUTES`.
   */
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined;

  /**
   * The least severe log messages that pitot prints, also of the OpenTelemetry libraries in its hub.
   *
   * Default: `INFO`. Environment variable: `OTEL_LOG_LEVEL`.
   */
  readonly logLevel?: 'NONE' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'VERBOSE' | 'ALL' | undefined;

  /**
   * Where metrics go: `prometheus` serves them, `otlp` sends them, `pushgateway` pushes them to a
   * Pushgateway, `remote_write` writes them to Prometheus, `console` prints them, `none` (alone) does
   * nothing. As an option also exporters and readers of other packages: `{ module, export, options }`
   * (docs/exporters.md). Only pitot reads `PITOT_METRICS_EXPORTER`, so `OTEL_METRICS_EXPORTER=none` can
   * silence another SDK beside it.
   *
   * Default: `prometheus`. Environment variable: `PITOT_METRICS_EXPORTER`, else `OTEL_METRICS_EXPORTER`.
   */
  readonly exporters?:
    | readonly (
        | 'prometheus'
        | 'otlp'
        | 'pushgateway'
        | 'remote_write'
        | 'console'
        | 'none'
        | ExporterModule
      )[]
    | undefined;

  /**
   * The address that the endpoint listens on. `localhost` is both 127.0.0.1 and ::1.
   *
   * Default: `localhost`. Environment variable: `OTEL_EXPORTER_PROMETHEUS_HOST`.
   */
  readonly host?: string | undefined;

  /**
   * The endpoint's port. With 0 pitot takes a free port and logs it. `none` opens no port: the application's
   * own route serves the metrics (docs/own-route.md).
   *
   * Default: `9464`. Environment variable: `OTEL_EXPORTER_PROMETHEUS_PORT`.
   */
  readonly port?: number | 'none' | undefined;

  /**
   * Whether series carry the labels `otel_scope_name`, `otel_scope_version` and so on.
   *
   * Default: `true`. Environment variable: `PITOT_SCOPE_LABELS`.
   */
  readonly scopeLabels?: boolean | undefined;

  /**
   * How names become Prometheus' names: whether underscores replace dots and the like (without, for scrapers
   * that ask for `escaping=allow-utf-8`), and whether names end with the unit and `_total`
   * (docs/endpoint.md).
   *
   * Default: `UnderscoreEscapingWithSuffixes`. Environment variable: `PITOT_TRANSLATION_STRATEGY`.
   */
  readonly translationStrategy?:
    | 'UnderscoreEscapingWithSuffixes'
    | 'UnderscoreEscapingWithoutSuffixes'
    | 'NoUTF8EscapingWithSuffixes'
    | 'NoTranslation'
    | undefined;

  /**
   * The names of the process and runtime metrics on the endpoint: those of OpenTelemetry's conventions, those
   * of prom-client's default metrics in their place, or both (docs/migrating-from-prom-client.md). pitot's
   * own dashboards and alerts need `opentelemetry` or `both`.
   *
   * Default: `opentelemetry`. Environment variable: `PITOT_DEFAULT_METRICS`.
   */
  readonly defaultMetrics?: 'opentelemetry' | 'prom-client' | 'both' | undefined;

  /**
   * Whether OpenMetrics carries the start times of counters and histograms in `_created` samples. A
   * Prometheus without `created-timestamp-zero-ingestion` stores each as one more series (docs/endpoint.md).
   *
   * Default: `false`. Environment variable: `PITOT_CREATED_SERIES`.
   */
  readonly createdSeries?: boolean | undefined;

  /**
   * Whether the protobuf format carries classic buckets beside native histograms, for scrapers that take
   * both.
   *
   * Default: `true`. Environment variable: `PITOT_CLASSIC_BUCKETS`.
   */
  readonly classicBuckets?: boolean | undefined;

  /**
   * Web configuration file in the format of Prometheus' exporters: TLS, users and passwords, headers, rate
   * limit (docs/security.md).
   *
   * Default: none. Environment variable: `PITOT_WEB_CONFIG_FILE`.
   */
  readonly webConfigFile?: string | undefined;

  /**
   * The content of a web configuration file, as an object.
   *
   * Default: none. No environment variable.
   */
  readonly webConfig?: WebConfigOptions | undefined;

  /**
   * File of accepted bearer tokens, one on each line.
   *
   * Default: none. Environment variable: `PITOT_BEARER_TOKEN_FILE`.
   */
  readonly bearerTokenFile?: string | undefined;

  /**
   * Whether the endpoint serves the live page at `/`, and the stream that `pitot top` reads.
   *
   * Default: `on`. Environment variable: `PITOT_PAGE`.
   */
  readonly page?: 'on' | 'off' | undefined;

  /**
   * Whether profiles of the main thread are served at `/debug/pprof/`, for `go tool pprof`. Only with
   * credentials (docs/stalls.md).
   *
   * Default: `false`. Environment variable: `PITOT_PPROF`.
   */
  readonly pprof?: boolean | undefined;

  /**
   * Whether `/livez` and `/readyz` answer without credentials where the metrics need them.
   *
   * Default: `false`. Environment variable: `PITOT_OPEN_HEALTH`.
   */
  readonly openHealth?: boolean | undefined;

  /**
   * Origins whose scripts may read the metrics in a browser (CORS).
   *
   * Default: none. Environment variable: `PITOT_CORS_ORIGINS`.
   */
  readonly corsOrigins?: readonly string[] | undefined;

  /**
   * More host names that an open endpoint on loopback answers to, for a proxy on the same machine
   * (docs/security.md).
   *
   * Default: none. Environment variable: `PITOT_ALLOWED_HOSTS`.
   */
  readonly allowedHosts?: readonly string[] | undefined;

  /**
   * Deadline of a scrape. It counts only where the client sends none; Prometheus does.
   *
   * Type: milliseconds. Default: `10000`. Environment variable: `PITOT_SCRAPE_TIMEOUT`.
   */
  readonly scrapeTimeout?: number | undefined;

  /**
   * How many scrapes may run at once. Further scrapes get 503.
   *
   * Type: integer, 1 to 1000. Default: `10`. Environment variable: `PITOT_MAX_SCRAPES`.
   */
  readonly maxScrapes?: number | undefined;

  /**
   * How long other scrapes get the values of an earlier one. With 0 every scrape collects.
   *
   * Type: milliseconds. Default: `0`. Environment variable: `PITOT_SCRAPE_CACHE`.
   */
  readonly scrapeCache?: number | undefined;

  /**
   * How long the main thread's event loop may be stuck before `/readyz` answers 503.
   *
   * Type: milliseconds. Default: `5000`. Environment variable: `PITOT_READY_STALL`.
   */
  readonly readyStall?: number | undefined;

  /**
   * How the processes of one service share an endpoint. `merge`: one process serves the merged numbers of all
   * (not with port 0). `separate`: each process has its own port, counted up from the endpoint's. `off`:
   * processes ignore each other, and the first one has the endpoint.
   *
   * Default: `merge`. Environment variable: `PITOT_PROCESSES`.
   */
  readonly processes?: 'merge' | 'separate' | 'off' | undefined;

  /**
   * How a gauge's values from several processes become one series, by the instrument's name: `sum`, `max`,
   * `min`, `mean` or `last`. A gauge without a rule keeps one series for each process.
   *
   * Default: none. Environment variable: `PITOT_GAUGE_MERGE`.
   */
  readonly gaugeMerge?: Readonly<Record<string, GaugeRule>> | undefined;

  /**
   * Which process forwards. `each`: every process forwards its own numbers, with its own
   * `service.instance.id`. `leader`: the process that serves the endpoint forwards the merged numbers of all
   * (cumulative temporality only).
   *
   * Default: `each`. Environment variable: `PITOT_FORWARD_FROM`.
   */
  readonly forwardFrom?: 'each' | 'leader' | undefined;

  /**
   * With `separate`: every process writes its target into a file in this directory, for Prometheus'
   * `file_sd_configs`.
   *
   * Default: none. Environment variable: `PITOT_TARGETS_DIRECTORY`.
   */
  readonly targetsDirectory?: string | undefined;

  /**
   * Selects the code that measures HTTP. `native`: pitot. `official`: the OpenTelemetry instrumentations of
   * HTTP and Express, which also make spans where a tracer provider is registered. `off`: none.
   *
   * Default: `native`. Environment variable: `PITOT_HTTP`.
   */
  readonly http?: 'native' | 'official' | 'off' | undefined;

  /**
   * The HTTP methods that are recorded by name, case-sensitive. Every other method is `_OTHER`.
   *
   * Default: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE. Environment variable:
   * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`.
   */
  readonly httpKnownMethods?: readonly string[] | undefined;

  /**
   * Paths whose requests to this service are not measured (with `native`).
   *
   * Default: none. Environment variable: `PITOT_HTTP_EXCLUDED_PATHS`.
   */
  readonly httpExcludedPaths?: readonly string[] | undefined;

  /**
   * Whether `Forwarded` and `X-Forwarded-Proto` decide `url.scheme` of requests to this service (with
   * `native`). Set it only behind a proxy that sets these headers, because any client can send them.
   *
   * Default: `false`. Environment variable: `PITOT_HTTP_TRUST_PROXY`.
   */
  readonly httpTrustProxy?: boolean | undefined;

  /**
   * WebSocket servers that pitot measures without a call: all of `ws`, all of Socket.IO. An application that
   * measures connections itself with `websocket.connection` would count them twice.
   *
   * Default: none. Environment variable: `PITOT_WEBSOCKETS`.
   */
  readonly webSockets?: readonly ('ws' | 'socket.io')[] | undefined;

  /**
   * `replace`: who loads `prom-client`, in the application and in its dependencies, gets `pitot/prom-client`
   * (docs/migrating-from-prom-client.md). Needs a start by `--import pitot/instrumentation`.
   *
   * Default: `keep`. Environment variable: `PITOT_PROM_CLIENT`.
   */
  readonly promClient?: 'keep' | 'replace' | undefined;

  /**
   * The only automatic sources to use; `none` uses none. `PITOT_SOURCES` replaces the OpenTelemetry variable,
   * in which pitot ignores the names of other instrumentations.
   *
   * Default: all but `ws`, `socket.io`. Environment variable: `PITOT_SOURCES`, else
   * `OTEL_NODE_ENABLED_INSTRUMENTATIONS`.
   */
  readonly sources?:
    | readonly (
        | 'http'
        | 'express'
        | 'pg'
        | 'mysql2'
        | 'mongodb'
        | 'redis'
        | 'ioredis'
        | 'better-sqlite3'
        | 'node-sqlite'
        | 'grpc'
        | 'aws-sdk'
        | 'graphql'
        | 'amqplib'
        | 'kafkajs'
        | 'ws'
        | 'socket.io'
        | 'errors'
        | 'runtime-node'
        | 'host-metrics'
      )[]
    | undefined;

  /**
   * Automatic sources to leave out, also of those named above. `PITOT_DISABLED_SOURCES` replaces the
   * OpenTelemetry variable: where that one disables official instrumentations, `PITOT_DISABLED_SOURCES=none`
   * keeps all of pitot's sources.
   *
   * Default: none. Environment variable: `PITOT_DISABLED_SOURCES`, else
   * `OTEL_NODE_DISABLED_INSTRUMENTATIONS`.
   */
  readonly disabledSources?:
    | readonly (
        | 'http'
        | 'express'
        | 'pg'
        | 'mysql2'
        | 'mongodb'
        | 'redis'
        | 'ioredis'
        | 'better-sqlite3'
        | 'node-sqlite'
        | 'grpc'
        | 'aws-sdk'
        | 'graphql'
        | 'amqplib'
        | 'kafkajs'
        | 'ws'
        | 'socket.io'
        | 'errors'
        | 'runtime-node'
        | 'host-metrics'
      )[]
    | undefined;

  /**
   * How many series one instrument may have. Further recordings count in one overflow series.
   *
   * Type: integer, 1 to 2147483647. Default: `2000`. Environment variable: `PITOT_SERIES_LIMIT`.
   */
  readonly seriesLimit?: number | undefined;

  /**
   * The limit for single instruments, by patterns of their names. The first match counts, and wins over a
   * contract's limit.
   *
   * Default: none. Environment variable: `PITOT_SERIES_LIMITS`.
   */
  readonly seriesLimits?: Readonly<Record<string, number>> | undefined;

  /**
   * How long a series without a recording stays, by patterns of the instruments' names. `*` alone covers
   * gauges, and up-down counters at 0. Counters and histograms start again from 0 when they come back, so
   * they must be named.
   *
   * Default: none. Environment variable: `PITOT_SERIES_IDLE`.
   */
  readonly seriesIdle?: Readonly<Record<string, number>> | undefined;

  /**
   * How attribute values are redacted before they are stored. `keep` stores the value, `drop` leaves the
   * attribute out, `redact` stores `REDACTED`, `hash` stores a keyed hash; the option also takes aliases.
   * Without a rule, attributes whose names end like `authorization`, `cookie`, `api_key`, `password` or
   * `access_token` become `REDACTED`.
   *
   * Default: none. Environment variable: `PITOT_REDACT`.
   */
  readonly redact?: Readonly<Record<string, Redaction>> | undefined;

  /**
   * Key of the hashes. The same key gives the same hashes in all processes and after a restart.
   *
   * Default: a random one for each start. Environment variable: `PITOT_REDACT_KEY`.
   */
  readonly redactKey?: string | undefined;

  /**
   * Histograms that get base-2 exponential buckets (native histograms in Prometheus), also if they have
   * boundaries.
   *
   * Default: none. Environment variable: `PITOT_EXPONENTIAL_HISTOGRAMS`.
   */
  readonly exponentialHistograms?: readonly string[] | undefined;

  /**
   * Changes to instruments of other code: another name or description, other buckets, fewer attributes,
   * another limit, or no metric at all (docs/views.md).
   *
   * Default: none. No environment variable.
   */
  readonly views?: readonly View[] | undefined;

  /**
   * Which measurements may become exemplars: all, none, or those within a sampled span.
   *
   * Default: `trace_based`. Environment variable: `OTEL_METRICS_EXEMPLAR_FILTER`.
   */
  readonly exemplarFilter?: 'always_on' | 'always_off' | 'trace_based' | undefined;

  /**
   * Whether pitot asks a stuck thread for its stack through the inspector, to name the cause of the stall
   * (docs/stalls.md).
   *
   * Default: `true`. Environment variable: `PITOT_STALL_CAUSES`.
   */
  readonly stallCauses?: boolean | undefined;

  /**
   * Time from which on an event loop that does not turn is counted as a stall.
   *
   * Type: milliseconds. Default: `1000`. Environment variable: `PITOT_STALL_THRESHOLD`.
   */
  readonly stallThreshold?: number | undefined;

  /**
   * Time between the starts of two exports.
   *
   * Type: milliseconds. Default: `60000`. Environment variable: `OTEL_METRIC_EXPORT_INTERVAL`.
   */
  readonly exportInterval?: number | undefined;

  /**
   * Deadline of an export, at most the interval. With 0 it is the interval.
   *
   * Type: milliseconds. Default: `30000`. Environment variable: `OTEL_METRIC_EXPORT_TIMEOUT`.
   */
  readonly exportTimeout?: number | undefined;

  /**
   * How long the exit waits for the last values to be forwarded. With 0 it does not wait.
   *
   * Type: milliseconds. Default: `2000`. Environment variable: `PITOT_FLUSH_TIMEOUT`.
   */
  readonly flushTimeout?: number | undefined;

  /**
   * Encoding and transport of OTLP.
   *
   * Default: `http/protobuf`. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL`, else
   * `OTEL_EXPORTER_OTLP_PROTOCOL`.
   */
  readonly otlpProtocol?: 'http/protobuf' | 'http/json' | 'grpc' | undefined;

  /**
   * URL of the OTLP receiver, used as it is. Only `OTEL_EXPORTER_OTLP_ENDPOINT`, which is for all signals,
   * gets the path `v1/metrics` appended (not with grpc).
   *
   * Default: `http://localhost:4318/v1/metrics`, with grpc `http://localhost:4317`. Environment variable:
   * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT`.
   */
  readonly otlpEndpoint?: string | undefined;

  /**
   * Headers of each OTLP request (metadata with grpc). pitot sends those of the option, of the metrics'
   * variable and of the general variable; where two have a key, the earlier one wins.
   *
   * Default: none. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_HEADERS`, else
   * `OTEL_EXPORTER_OTLP_HEADERS`.
   */
  readonly otlpHeaders?: Readonly<Record<string, string>> | undefined;

  /**
   * Deadline of an OTLP request with its retries. With 0 only the export's deadline counts.
   *
   * Type: milliseconds. Default: `10000`. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_TIMEOUT`, else
   * `OTEL_EXPORTER_OTLP_TIMEOUT`.
   */
  readonly otlpTimeout?: number | undefined;

  /**
   * Compression of OTLP requests.
   *
   * Default: `none`. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_COMPRESSION`, else
   * `OTEL_EXPORTER_OTLP_COMPRESSION`.
   */
  readonly otlpCompression?: 'none' | 'gzip' | undefined;

  /**
   * PEM file of the certificates that verify the receiver's.
   *
   * Default: Node's certificates. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE`, else
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`.
   */
  readonly otlpCertificate?: string | undefined;

  /**
   * PEM file of the private key for mutual TLS. It needs a client certificate.
   *
   * Default: none. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY`, else
   * `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
   */
  readonly otlpClientKey?: string | undefined;

  /**
   * PEM file of the client certificate (and its chain) for mutual TLS. It needs a client key.
   *
   * Default: none. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE`, else
   * `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`.
   */
  readonly otlpClientCertificate?: string | undefined;

  /**
   * With grpc and an endpoint without http:// or https://: whether to connect without TLS.
   *
   * Default: `false`. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_INSECURE`, else
   * `OTEL_EXPORTER_OTLP_INSECURE`.
   */
  readonly otlpInsecure?: boolean | undefined;

  /**
   * Whether OTLP carries totals since the start or differences since the last export.
   *
   * Default: `cumulative`. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`.
   */
  readonly temporality?: 'cumulative' | 'delta' | 'lowmemory' | undefined;

  /**
   * With OTLP: the kind of buckets of histograms without boundaries of their own. OTLP and the endpoint share
   * one recording; the text formats show exponential buckets as classic ones.
   *
   * Default: `explicit_bucket_histogram`. Environment variable:
   * `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
   */
  readonly histogramAggregation?:
    | 'explicit_bucket_histogram'
    | 'base2_exponential_bucket_histogram'
    | undefined;

  /**
   * URL of the Pushgateway. A user name and a password in it become basic authentication
   * (docs/pushgateway.md).
   *
   * Default: `http://localhost:9091/`. Environment variable: `PITOT_PUSHGATEWAY_URL`.
   */
  readonly pushgatewayUrl?: string | undefined;

  /**
   * Labels of the group whose metrics each push replaces. Without `job` it is the name of the service.
   *
   * Default: `job=` and the name of the service. Environment variable: `PITOT_PUSHGATEWAY_GROUPING`.
   */
  readonly pushgatewayGrouping?: Readonly<Record<string, string>> | undefined;

  /**
   * Whether the group stays in the Pushgateway when the process ends: a job's should, and that of a service
   * should not.
   *
   * Default: `keep`. Environment variable: `PITOT_PUSHGATEWAY_AT_EXIT`.
   */
  readonly pushgatewayAtExit?: 'keep' | 'delete' | undefined;

  /**
   * URL of the receiver of Prometheus remote write 2.0. A user name and a password in it become basic
   * authentication.
   *
   * Default: `http://localhost:9090/api/v1/write`. Environment variable: `PITOT_REMOTE_WRITE_URL`.
   */
  readonly remoteWriteUrl?: string | undefined;

  /**
   * Headers of each request of remote write, such as `authorization` or `x-scope-orgid`.
   *
   * Default: none. Environment variable: `PITOT_REMOTE_WRITE_HEADERS`.
   */
  readonly remoteWriteHeaders?: Readonly<Record<string, string>> | undefined;

  /**
   * How long a collection waits for observable callbacks on the application's thread.
   *
   * Type: milliseconds. Default: `250`. Environment variable: `PITOT_OBSERVE_TIMEOUT`.
   */
  readonly observeTimeout?: number | undefined;

  /**
   * What happens on SIGTERM, SIGINT, SIGHUP, SIGQUIT or SIGUSR2 in a process without a listener of its own.
   * `flush`: pitot forwards the last values, then the signal ends the process; a blocked event loop delays
   * that. `leave`: the signal ends the process at once, and the last values are lost.
   *
   * Default: `flush`. Environment variable: `PITOT_SIGNALS`.
   */
  readonly signals?: 'flush' | 'leave' | undefined;
}
