import { type Attributes, type AttributeValue, diag } from '@opentelemetry/api';
import { reasonOf } from '../../../base/reason.ts';
import { EXCHANGE, Exchange, type Measured } from './exchange.ts';
import type { HttpInstruments } from './instruments.ts';
import { methodNames } from './methods.ts';
import type { Claim, ExtraAttributes, NativeHttpOptions } from './options.ts';
import { isRegistered, routeOf } from './route.ts';
import { SeriesGroup, type ServerRecording } from './server-series.ts';

/** What every kind of server shares: which requests are measured, and how they are counted. */
export class ServerMetrics {
  private readonly instruments: HttpInstruments;
  private readonly nameOf: (method: string | null) => string;
  private readonly excluded: readonly RegExp[];
  private readonly extra: ExtraAttributes | undefined;
  private readonly othersCount: () => Claim;
  private readonly groups = new Map<string, SeriesGroup>();
  private readonly warned = new Set<string>();
  private stopped = false;

  constructor(instruments: HttpInstruments, options: NativeHttpOptions) {
    this.instruments = instruments;
    this.nameOf = methodNames(options.knownMethods);
    // A pattern with the flag g or y would remember where it last matched.
    this.excluded = (options.excludedPaths ?? []).map(
      ({ source, flags }) => new RegExp(source, flags.replace(/[gy]/g, '')),
    );
    this.extra = options.extraAttributes;
    this.othersCount = () => options.others?.countServers() ?? 'no';
  }

  /** The series of requests over one protocol. */
  group(scheme: string, version: string): SeriesGroup {
    const key = `${scheme} ${version}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new SeriesGroup(scheme, version, this.instruments);
      this.groups.set(key, group);
    }
    return group;
  }

  /** As {@link begin} for a request of which others may see the whole. */
  beginUnlessCounted(
    request: object & Measured,
    group: SeriesGroup,
    method: string | null,
    url: string,
  ): Exchange | undefined {
    const claim = this.othersCount();
    if (claim === 'yes') return undefined;
    const exchange = this.begin(request, group, method, url);
    if (exchange !== undefined) exchange.isContested = claim === 'perhaps';
    return exchange;
  }

  /** The exchange that begins with this request, or `undefined` when it is not to be measured. */
  begin(
    request: object & Measured,
    group: SeriesGroup,
    method: string | null,
    url: string,
  ): Exchange | undefined {
    if (this.stopped || this.isExcluded(url)) return undefined;
    const name = this.nameOf(method);
    const exchange = new Exchange(request, group, name, group.active(name));
    request[EXCHANGE] = exchange;
    return exchange;
  }

  /**
   * Counts an exchange that has ended, but for the sizes of its bodies.
   *
   * @param status `http.response.status_code`; `undefined` when none was sent
   * @param error `error.type` where it did not end with its response; a 5xx speaks for itself
   * @returns where the sizes are to be recorded; `undefined` when nothing is recorded any more
   */
  end(
    exchange: Exchange,
    status: number | undefined,
    error: string | undefined,
  ): ServerRecording | undefined {
    exchange.ended = true;
    if (this.stopped) return undefined;
    const { group, method } = exchange;
    const route = this.route(exchange, status);
    const series =
      this.extra === undefined
        ? (group.find(method, route, status, error) ??
          group.create(method, route, status, error, route === undefined || isRegistered(exchange, route)))
        : group.createWith(method, route, status, error, this.read(this.extra, exchange.request));
    const recording = exchange.isContested ? this.contested(series) : series;
    recording.took((performance.now() - exchange.startedAt) / 1000);
    exchange.active.add(-1);
    return recording;
  }

  /** Records by the end of this turn of the event loop, unless somebody else has been seen to count by then. */
  private contested(series: ServerRecording): ServerRecording {
    const unlessCounted = (record: () => void) => {
      setImmediate(() => {
        if (!this.stopped && this.othersCount() !== 'yes') record();
      });
    };
    return {
      took: (seconds) => unlessCounted(() => series.took(seconds)),
      received: (bytes) => unlessCounted(() => series.received(bytes)),
      sent: (bytes) => unlessCounted(() => series.sent(bytes)),
    };
  }

  /** Ends recording, of the requests that are still being answered too. */
  stop(): void {
    this.stopped = true;
  }

  /** What a framework left on a request is code of the application's that may throw. */
  private route(exchange: Exchange, status: number | undefined): string | undefined {
    try {
      return routeOf(exchange, status);
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

  /** Says what is wrong, once for each kind of fault. */
  private warn(fault: string, text: string): void {
    if (this.warned.has(fault)) return;
    this.warned.add(fault);
    diag.warn(`pitot: ${text}`);
  }
}
