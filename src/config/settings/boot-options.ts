// Written by docs/generate-settings.ts from table.ts: change the table, then run: npm run docs

import type { GaugeRule } from '../../model/gauge-rules.ts';
import type { Redaction } from '../../model/redaction.ts';
import type { View } from '../../model/view.ts';
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
   * Name of the service; wins over `service.name` among the resource attributes' variable.
   *
   * Default: `unknown_service:node`. Environment variable: `OTEL_SERVICE_NAME`.
   */
  readonly serviceName?: string | undefined;

  /**
   * Attributes of the service as a whole; an option's attributes are added to the variable's and win.
   *
   * Default: none. Environment variable: `OTEL_RESOURCE_ATTRIBUTES`.
   */
  readonly resourceAttributes?: Readonly<Record<string, string>> | undefined;

  /**
   * How much pitot and the OpenTelemetry libraries in it say about themselves.
   *
   * Default: `INFO`. Environment variable: `OTEL_LOG_LEVEL`.
   */
  readonly logLevel?: 'NONE' | 'ERROR' | 'WARN' | 'INFO' | 'DEBUG' | 'VERBOSE' | 'ALL' | undefined;

  /**
   * Where metrics go: served for Prometheus, sent over OTLP, printed on standard output, or (`none`, alone)
   * nowhere. The first variable is read by pitot alone: `OTEL_METRICS_EXPORTER=none` silences another SDK
   * beside it.
   *
   * Default: `prometheus`. Environment variable: `PITOT_METRICS_EXPORTER`, else `OTEL_METRICS_EXPORTER`.
   */
  readonly exporters?: readonly ('prometheus' | 'otlp' | 'console' | 'none')[] | undefined;

  /**
   * Where the endpoint listens; `localhost` means both 127.0.0.1 and ::1.
   *
   * Default: `localhost`. Environment variable: `OTEL_EXPORTER_PROMETHEUS_HOST`.
   */
  readonly host?: string | undefined;

  /**
   * Port of the endpoint; 0 takes a free one and says which.
   *
   * Type: integer, 0 to 65535. Default: `9464`. Environment variable: `OTEL_EXPORTER_PROMETHEUS_PORT`.
   */
  readonly port?: number | undefined;

  /**
   * Whether series carry the labels `otel_scope_name`, `otel_scope_version` and so on.
   *
   * Default: `true`. Environment variable: `PITOT_SCOPE_LABELS`.
   */
  readonly scopeLabels?: boolean | undefined;

  /**
   * How names become Prometheus' names: with dots and the like as underscores or not (for scrapers that ask
   * for `escaping=allow-utf-8`), with unit and `_total` or not (docs/endpoint.md).
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
   * Whether OpenMetrics has `_created` samples with the start times of counters and histograms. A Prometheus
   * without `created-timestamp-zero-ingestion` stores them as series of their own (docs/endpoint.md).
   *
   * Default: `false`. Environment variable: `PITOT_CREATED_SERIES`.
   */
  readonly createdSeries?: boolean | undefined;

  /**
   * Whether native histograms have classic buckets beside them in the protobuf format, for scrapers that are
   * set to take both.
   *
   * Default: `true`. Environment variable: `PITOT_CLASSIC_BUCKETS`.
   */
  readonly classicBuckets?: boolean | undefined;

  /**
   * Web configuration file as of Prometheus' exporters: TLS, users and their passwords, headers, rate limit
   * (docs/security.md).
   *
   * Default: none. Environment variable: `PITOT_WEB_CONFIG_FILE`.
   */
  readonly webConfigFile?: string | undefined;

  /**
   * What the web configuration file holds, as an object.
   *
   * Default: none. No environment variable.
   */
  readonly webConfig?: WebConfigOptions | undefined;

  /**
   * File of the bearer tokens that are let in, one a line.
   *
   * Default: none. Environment variable: `PITOT_BEARER_TOKEN_FILE`.
   */
  readonly bearerTokenFile?: string | undefined;

  /**
   * Whether browsers are shown a live page at `/`, and `pitot top` can be used.
   *
   * Default: `on`. Environment variable: `PITOT_PAGE`.
   */
  readonly page?: 'on' | 'off' | undefined;

  /**
   * Whether `/livez` and `/readyz` answer everybody, also where the metrics do not.
   *
   * Default: `false`. Environment variable: `PITOT_OPEN_HEALTH`.
   */
  readonly openHealth?: boolean | undefined;

  /**
   * Origins whose scripts may read the metrics in a browser.
   *
   * Default: none. Environment variable: `PITOT_CORS_ORIGINS`.
   */
  readonly corsOrigins?: readonly string[] | undefined;

  /**
   * Further host names under which an endpoint on loopback answers without credentials, for a proxy on the
   * same machine (docs/security.md).
   *
   * Default: none. Environment variable: `PITOT_ALLOWED_HOSTS`.
   */
  readonly allowedHosts?: readonly string[] | undefined;

  /**
   * Longest time for a scrape whose client does not say how long it waits, as Prometheus does.
   *
   * Type: milliseconds. Default: `10000`. Environment variable: `PITOT_SCRAPE_TIMEOUT`.
   */
  readonly scrapeTimeout?: number | undefined;

  /**
   * Scrapes at the same time; what goes beyond is answered with 503.
   *
   * Type: integer, 1 to 1000. Default: `10`. Environment variable: `PITOT_MAX_SCRAPES`.
   */
  readonly maxScrapes?: number | undefined;

  /**
   * Time for which what was collected for one scrape is served to others as well; 0 collects for each.
   *
   * Type: milliseconds. Default: `0`. Environment variable: `PITOT_SCRAPE_CACHE`.
   */
  readonly scrapeCache?: number | undefined;

  /**
   * Time for which the main thread's event loop may be stuck before `/readyz` answers 503.
   *
   * Type: milliseconds. Default: `5000`. Environment variable: `PITOT_READY_STALL`.
   */
  readonly readyStall?: number | undefined;

  /**
   * What the processes of one service do with one endpoint: serve it together, with their numbers merged
   * (`merge`; not with port 0), have a port each, counted from the endpoint's (`separate`), or know nothing
   * of each other (`off`; the first one has the endpoint).
   *
   * Default: `merge`. Environment variable: `PITOT_PROCESSES`.
   */
  readonly processes?: 'merge' | 'separate' | 'off' | undefined;

  /**
   * Rules by which gauges of several processes become one series, by the names of the instruments: `sum`,
   * `max`, `min`, `mean` or `last`. A gauge without a rule has a series for each process.
   *
   * Default: none. Environment variable: `PITOT_GAUGE_MERGE`.
   */
  readonly gaugeMerge?: Readonly<Record<string, GaugeRule>> | undefined;

  /**
   * Which processes forward: each its own numbers, under its own `service.instance.id`, or the one that
   * serves the endpoint those of all, merged (cumulative temporality only).
   *
   * Default: `each`. Environment variable: `PITOT_FORWARD_FROM`.
   */
  readonly forwardFrom?: 'each' | 'leader' | undefined;

  /**
   * With `separate`: a directory in which every process has a file with its target, for Prometheus'
   * `file_sd_configs`.
   *
   * Default: none. Environment variable: `PITOT_TARGETS_DIRECTORY`.
   */
  readonly targetsDirectory?: string | undefined;

  /**
   * What measures HTTP: pitot (`native`), the official instrumentations of HTTP and Express, which also make
   * spans if a tracer provider is registered (`official`), or nothing (`off`).
   *
   * Default: `native`. Environment variable: `PITOT_HTTP`.
   */
  readonly http?: 'native' | 'official' | 'off' | undefined;

  /**
   * The HTTP methods that are recorded by name, case-sensitive; every other is `_OTHER`.
   *
   * Default: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY, TRACE. Environment variable:
   * `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`.
   */
  readonly httpKnownMethods?: readonly string[] | undefined;

  /**
   * Requests to a server whose path matches one of these are not measured (with `native`).
   *
   * Default: none. Environment variable: `PITOT_HTTP_EXCLUDED_PATHS`.
   */
  readonly httpExcludedPaths?: readonly string[] | undefined;

  /**
   * Whether `url.scheme` of requests to a server is the one that `Forwarded` or `X-Forwarded-Proto` names
   * (with `native`). Only if a proxy in front sets these headers, because any client can send them.
   *
   * Default: `false`. Environment variable: `PITOT_HTTP_TRUST_PROXY`.
   */
  readonly httpTrustProxy?: boolean | undefined;

  /**
   * Servers of WebSockets that are measured without a call: all of `ws`, all of Socket.IO. Not for
   * connections that the application tells of by hand with `websocket.connection`, which would be counted
   * twice.
   *
   * Default: none. Environment variable: `PITOT_WEBSOCKETS`.
   */
  readonly webSockets?: readonly ('ws' | 'socket.io')[] | undefined;

  /**
   * The only automatic sources to use; `none` is no source. `PITOT_SOURCES` takes the place of the
   * OpenTelemetry variable, whose names of instrumentations that pitot does not have are left to others.
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
        | 'ws'
        | 'socket.io'
        | 'errors'
        | 'runtime-node'
        | 'host-metrics'
      )[]
    | undefined;

  /**
   * Automatic sources to leave out, also of those named above. `PITOT_DISABLED_SOURCES` takes the place of
   * the OpenTelemetry variable, so that `PITOT_DISABLED_SOURCES=none` keeps every source of pitot where that
   * variable disables official instrumentations.
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
        | 'ws'
        | 'socket.io'
        | 'errors'
        | 'runtime-node'
        | 'host-metrics'
      )[]
    | undefined;

  /**
   * How many series one instrument may have; what goes beyond is counted in one overflow series.
   *
   * Type: integer, 1 to 2147483647. Default: `2000`. Environment variable: `PITOT_SERIES_LIMIT`.
   */
  readonly seriesLimit?: number | undefined;

  /**
   * The same for single instruments, by patterns of their names; the first that matches counts, also over a
   * contract.
   *
   * Default: none. Environment variable: `PITOT_SERIES_LIMITS`.
   */
  readonly seriesLimits?: Readonly<Record<string, number>> | undefined;

  /**
   * Times after which series that nothing is recorded into are removed, by patterns of the names of
   * instruments. `*` alone stands for gauges and for up-down counters that are at 0; counters and histograms,
   * which begin anew when they come back, must be named.
   *
   * Default: none. Environment variable: `PITOT_SERIES_IDLE`.
   */
  readonly seriesIdle?: Readonly<Record<string, number>> | undefined;

  /**
   * What becomes of values of attributes before they are stored: kept, the attribute left out (`drop`),
   * replaced by `REDACTED`, by a keyed hash or, as an option, by an alias. Without a rule, values of
   * attributes whose names end like `authorization`, `cookie`, `api_key`, `password` or `access_token` become
   * `REDACTED`.
   *
   * Default: none. Environment variable: `PITOT_REDACT`.
   */
  readonly redact?: Readonly<Record<string, Redaction>> | undefined;

  /**
   * Key of the hashes; the same key gives the same hashes in all processes and after a restart.
   *
   * Default: a random one for each start. Environment variable: `PITOT_REDACT_KEY`.
   */
  readonly redactKey?: string | undefined;

  /**
   * Histograms that have base-2 exponential buckets (native histograms in Prometheus), whatever boundaries
   * they were created with.
   *
   * Default: none. Environment variable: `PITOT_EXPONENTIAL_HISTOGRAMS`.
   */
  readonly exponentialHistograms?: readonly string[] | undefined;

  /**
   * What becomes of instruments that others have created: another name or description, other buckets, fewer
   * attributes, another limit, or nothing at all (docs/views.md).
   *
   * Default: none. No environment variable.
   */
  readonly views?: readonly View[] | undefined;

  /**
   * Which measurements may become exemplars: all, none, or those made in a sampled span.
   *
   * Default: `trace_based`. Environment variable: `OTEL_METRICS_EXEMPLAR_FILTER`.
   */
  readonly exemplarFilter?: 'always_on' | 'always_off' | 'trace_based' | undefined;

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
   * Longest time an export may take, at most the interval; 0 means as long as the interval.
   *
   * Type: milliseconds. Default: `30000`. Environment variable: `OTEL_METRIC_EXPORT_TIMEOUT`.
   */
  readonly exportTimeout?: number | undefined;

  /**
   * Longest wait at exit for the last values to be forwarded; 0 does not wait.
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
   * Where OTLP is sent, used as it is; only to the variable for all signals the path `v1/metrics` is added
   * (not with grpc).
   *
   * Default: `http://localhost:4318/v1/metrics`, with grpc `http://localhost:4317`. Environment variable:
   * `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT`.
   */
  readonly otlpEndpoint?: string | undefined;

  /**
   * Headers of each OTLP request (metadata with grpc); those of the option, of the metrics' variable and of
   * the general one are sent together, the former winning.
   *
   * Default: none. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_HEADERS`, else
   * `OTEL_EXPORTER_OTLP_HEADERS`.
   */
  readonly otlpHeaders?: Readonly<Record<string, string>> | undefined;

  /**
   * Longest wait for an OTLP request and its retries; 0 means no limit of its own.
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
   * PEM file of the certificates that the receiver's certificate is verified with.
   *
   * Default: Node's certificates. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE`, else
   * `OTEL_EXPORTER_OTLP_CERTIFICATE`.
   */
  readonly otlpCertificate?: string | undefined;

  /**
   * PEM file of the private key for mutual TLS; needs a client certificate.
   *
   * Default: none. Environment variable: `OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY`, else
   * `OTEL_EXPORTER_OTLP_CLIENT_KEY`.
   */
  readonly otlpClientKey?: string | undefined;

  /**
   * PEM file of the client certificate (and its chain) for mutual TLS; needs a client key.
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
   * With OTLP: the buckets of histograms that were created without boundaries. A histogram is recorded once
   * for OTLP and for the endpoint, whose text formats have exponential buckets as classic ones.
   *
   * Default: `explicit_bucket_histogram`. Environment variable:
   * `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`.
   */
  readonly histogramAggregation?:
    | 'explicit_bucket_histogram'
    | 'base2_exponential_bucket_histogram'
    | undefined;

  /**
   * Longest wait of a collection for observable callbacks on the application thread.
   *
   * Type: milliseconds. Default: `250`. Environment variable: `PITOT_OBSERVE_TIMEOUT`.
   */
  readonly observeTimeout?: number | undefined;

  /**
   * Whether pitot forwards the last values when SIGTERM, SIGINT, SIGHUP, SIGQUIT or SIGUSR2 ends a process
   * that does not listen for it (`flush`; a process whose event loop is blocked then ends when the loop is
   * free again), or leaves the signals alone (`leave`; the last values are lost).
   *
   * Default: `flush`. Environment variable: `PITOT_SIGNALS`.
   */
  readonly signals?: 'flush' | 'leave' | undefined;
}
