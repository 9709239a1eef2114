import type { IncomingHttpHeaders } from 'node:http';
import type { Attributes, AttributeValue } from '@opentelemetry/api';
import { diag } from '../../../base/diag.ts';
import { reasonOf } from '../../../base/reason.ts';
import { forwardedScheme, type Scheme } from './forwarded.ts';
import type { HttpInstruments } from './instruments.ts';
import { MEASURED, type Measurable, MeasuredRequest } from './measured-request.ts';
import { methodNames } from './methods.ts';
import type { Coverage, ExtraAttributes, NativeHttpOptions } from './options.ts';
import { isRegistered, routeOf } from './route.ts';
import { SeriesGroup, type ServerRecording } from './server-series.ts';

/** `http.server.*` of all kinds of servers: which requests are measured, and how. */
export class ServerMetrics {
  private readonly instruments: HttpInstruments;
  private readonly nameOf: (method: string | null) => string;
  private readonly excluded: readonly RegExp[];
  private readonly trustsProxy: boolean;
  private readonly extra: ExtraAttributes | undefined;
  private readonly coveredByOthers: () => Coverage;
  private readonly groups = { http: new Map<string, SeriesGroup>(), https: new Map<string, SeriesGroup>() };
  private readonly warned = new Set<string>();
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
    this.coveredByOthers = () => options.others?.serverCoverage() ?? 'no';
  }

  /**
   * The series of requests over one protocol.
   *
   * @param connection the scheme of the connection; a trusted proxy may name another in the headers
   */
  group(connection: Scheme, version: string, headers: IncomingHttpHeaders): SeriesGroup {
    const scheme = (this.trustsProxy ? forwardedScheme(headers) : undefined) ?? connection;
    const groups = this.groups[scheme];
    let group = groups.get(version);
    if (group === undefined) {
      group = new SeriesGroup(scheme, version, this.instruments);
      groups.set(version, group);
    }
    return group;
  }

  /** Like {@link begin}, for requests that other instrumentations can cover. If one does, the request has ended. */
  beginCoverable(
    request: object & Measurable,
    group: SeriesGroup,
    method: string | null,
    url: string,
  ): MeasuredRequest | undefined {
    return this.begin(request, group, method, url, this.coveredByOthers());
  }

  /** Begins to measure a request; `undefined` if it is excluded. */
  begin(
    request: object & Measurable,
    group: SeriesGroup,
    method: string | null,
    url: string,
    coverage: Coverage = 'no',
  ): MeasuredRequest | undefined {
    if (this.stopped || this.isExcluded(url)) return undefined;
    const measured = new MeasuredRequest(request, group, this.nameOf(method), coverage);
    request[MEASURED] = measured;
    return measured;
  }

  /**
   * Records a request that has ended, without the sizes of its bodies.
   *
   * @param status `http.response.status_code`; `undefined` when none was sent
   * @param error `error.type` of a request without a complete answer; `undefined` for a 5xx, whose status
   *   serves as one
   * @returns the recorder for the sizes; `undefined` after {@link stop}
   */
  end(
    measured: MeasuredRequest,
    status: number | undefined,
    error: string | undefined,
  ): ServerRecording | undefined {
    measured.ended = true;
    if (this.stopped || measured.isLeftOut) return undefined;
    const route = this.route(measured, status);
    const recording =
      measured.coverage === 'perhaps'
        ? this.unlessCovered(() => this.series(measured, route, status, error))
        : this.series(measured, route, status, error);
    recording.took((performance.now() - measured.startedAt) / 1000);
    measured.active?.add(-1);
    return recording;
  }

  private series(
    measured: MeasuredRequest,
    route: string | undefined,
    status: number | undefined,
    error: string | undefined,
  ): ServerRecording {
    const { group, method } = measured;
    return this.extra === undefined
      ? (group.find(method, route, status, error) ??
          group.create(method, route, status, error, route === undefined || isRegistered(measured, route)))
      : group.createWith(method, route, status, error, this.read(this.extra, measured.raw));
  }

  /**
   * Records at the end of this turn of the event loop, unless another instrumentation has recorded by then. The series
   * are made only then, so that none stays empty.
   */
  private unlessCovered(seriesOf: () => ServerRecording): ServerRecording {
    let series: ServerRecording | undefined;
    const later = (record: (series: ServerRecording) => void) => {
      setImmediate(() => {
        if (this.stopped || this.coveredByOthers() === 'yes') return;
        series ??= seriesOf();
        record(series);
      });
    };
    return {
      took: (seconds) => later((one) => one.took(seconds)),
      received: (bytes) => later((one) => one.received(bytes)),
      sent: (bytes) => later((one) => one.sent(bytes)),
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
    if (this.excluded.length === 0) return false;
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
