import type { IncomingHttpHeaders } from 'node:http';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { diag } from '../../../base/diag.ts';
import { reasonOf } from '../../../base/reason.ts';
import { forwardedScheme, type Scheme } from './forwarded.ts';
import type { HttpInstruments } from './instruments.ts';
import { beginRequest, MEASURED, type Measurable, type MeasuredRequest } from './measured-request.ts';
import { methodNames } from './methods.ts';
import type { Coverage, ExtraAttributes, NativeHttpOptions, OtherInstrumentations } from './options.ts';
import { isRegistered, routeOf } from './route.ts';
import { type MethodSeries, SeriesGroup, type ServerRecording } from './server-series.ts';

/** `http.server.*` of all kinds of servers: which requests are measured, and how. */
export class ServerMetrics {
  private readonly instruments: HttpInstruments;
  private readonly nameOf: (method: string | null) => string;
  private readonly excluded: readonly RegExp[];
  readonly trustsProxy: boolean;
  private readonly extra: ExtraAttributes | undefined;
  /** Other instrumentations that may record the same. */
  readonly others: OtherInstrumentations | undefined;
  private readonly groups = { http: new Map<string, SeriesGroup>(), https: new Map<string, SeriesGroup>() };
  private readonly warned = new Set<string>();
  // The global one is a getter, which takes as long as the reading.
  private readonly clock = performance;
  private stopped = false;

  constructor(instruments: HttpInstruments, options: NativeHttpOptions) {
    this.instruments = instruments;
    this.nameOf = methodNames(options.knownMethods);
    // A pattern with the flag g or y would remember where it last matched.
    this.excluded = (options.excludedPaths ?? []).map(
      ({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')),
    );
    this.trustsProxy = options.trustProxy === true;
    this.extra = options.extraAttributes;
    this.others = options.others;
  }

  /**
   * The series of requests with one method over one protocol. They are always the same, unless pitot trusts a proxy.
   *
   * @param connection the scheme of the connection; a trusted proxy may name another in the headers
   */
  seriesOf(
    connection: Scheme,
    version: string,
    method: string | null,
    request: { readonly headers: IncomingHttpHeaders },
  ): MethodSeries {
    const scheme = (this.trustsProxy ? forwardedScheme(request.headers) : undefined) ?? connection;
    const groups = this.groups[scheme];
    let group = groups.get(version);
    if (group === undefined) {
      group = new SeriesGroup(scheme, version, this.instruments);
      groups.set(version, group);
    }
    return group.of(this.nameOf(method));
  }

  /**
   * Begins to measure a request; `undefined` if it is excluded.
   *
   * @param coverage by other instrumentations. With `yes` the request has ended.
   */
  begin(
    request: object & Measurable,
    series: MethodSeries,
    url: string,
    coverage: Coverage = 'no',
  ): MeasuredRequest | undefined {
    if (this.stopped || (this.excluded.length > 0 && this.isExcluded(url))) return undefined;
    const measured = beginRequest(request, series, coverage, this.clock.now());
    request[MEASURED] = measured;
    return measured;
  }

  /**
   * Records a request that has ended.
   *
   * @param status `http.response.status_code`; `undefined` when none was sent
   * @param error `error.type` of a request without a complete answer; `undefined` for a 5xx, whose status
   *   serves as one
   * @param received bytes of the request's body; `undefined` if pitot could not see them, or not yet
   * @param sent bytes of the response's body; `undefined` if pitot could not see them
   * @returns what records the size of a body that is still arriving; `undefined` after {@link stop}
   */
  end(
    measured: MeasuredRequest,
    status: number | undefined,
    error: string | undefined,
    received: number | undefined,
    sent: number | undefined,
  ): ServerRecording | undefined {
    measured.ended = true;
    if (this.stopped || measured.isLeftOut) return undefined;
    const route = this.route(measured, status);
    const isPlain = this.extra === undefined && measured.coverage !== 'perhaps';
    const recording =
      (isPlain ? measured.series.find(route, status, error) : undefined) ??
      this.recordingOf(measured, route, status, error);
    recording.record((this.clock.now() - measured.startedAt) / 1000, received, sent);
    measured.active?.add(-1);
    return recording;
  }

  private recordingOf(
    measured: MeasuredRequest,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerRecording {
    return measured.coverage === 'perhaps'
      ? this.unlessCovered(() => this.series(measured, route, status, error))
      : this.series(measured, route, status, error);
  }

  private series(
    measured: MeasuredRequest,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerRecording {
    const { series, raw } = measured;
    return this.extra === undefined
      ? (series.find(route, status, error) ??
          series.create(route, status, error, route === undefined || isRegistered(measured, route)))
      : series.createWith(route, status, error, this.read(this.extra, raw));
  }

  /**
   * Records at the end of this turn of the event loop, unless another instrumentation has recorded by then. The series
   * are made only then, so that none stays empty.
   */
  private unlessCovered(seriesOf: () => ServerRecording): ServerRecording {
    let series: ServerRecording | undefined;
    const later = (record: (series: ServerRecording) => void) => {
      setImmediate(() => {
        if (this.stopped || this.others?.serverCoverage() === 'yes') return;
        series ??= seriesOf();
        record(series);
      });
    };
    return {
      record: (seconds, received, sent) => later((one) => one.record(seconds, received, sent)),
      recordReceived: (bytes) => later((one) => one.recordReceived(bytes)),
    };
  }

  /** Ends recording, including requests without an answer yet. */
  stop(): void {
    this.stopped = true;
  }

  /** The route of a request that has ended. Reading it runs getters of the framework, which may throw. */
  route(measured: MeasuredRequest, status: number | undefined): string | undefined {
    try {
      return routeOf(measured, status);
    } catch (error) {
      this.warn(
        'route',
        `the route of an HTTP request could not be read (${reasonOf(error)}); such requests are recorded without ` +
          'http.route. Tell it with setRoute(request, template).',
      );
      return undefined;
    }
  }

  private isExcluded(url: string): boolean {
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    return this.excluded.some((pattern) => pattern.test(path));
  }

  private read(extra: ExtraAttributes, request: object): Attributes {
    try {
      const given = extra.read(request);
      return Object.fromEntries(extra.names.map((name): [string, AttributeValue] => [name, given[name]]));
    } catch (error) {
      this.warn(
        'extra attributes',
        `the callback for extra attributes of HTTP requests threw (${reasonOf(error)}); such requests are recorded ` +
          'without them. Let it return an object for every request.',
      );
      return {};
    }
  }

  /** Warns once for each kind of fault. */
  private warn(fault: string, text: string): void {
    if (this.warned.has(fault)) return;
    this.warned.add(fault);
    diag.warn(`pitot: ${text}`);
  }
}
