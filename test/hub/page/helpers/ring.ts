import type { Attributes } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { Ring, type RingOptions } from '../../../../src/hub/page/ring.ts';
import type { Frame, RowView } from '../../../../src/hub/page/wire.ts';
import { createNaming, DEFAULT_STRATEGY } from '../../../../src/naming/naming.ts';
import { resultOf } from '../../../harness/result-of.ts';
import { type GivenHistogram, histogram, resourceMetrics, scope } from '../../expose/helpers/metrics.ts';

const INTERVAL_MS = 2000;

export interface Sampled {
  /** Takes the next sample, two seconds after the last. */
  tick(...metrics: MetricData[]): Frame;
  /** Takes the next sample, whose collection took this many milliseconds. */
  tickIn(milliseconds: number, ...metrics: MetricData[]): Frame;
  /** The next frame for a viewer that has everything so far. */
  later(): Frame;
  readonly ring: Ring;
}

/** The history of a service, without a clock of its own. */
export function sampled(options: Partial<RingOptions> = {}): Sampled {
  const ring = new Ring({
    interval: INTERVAL_MS,
    remembered: 900_000,
    seriesLimit: 2000,
    naming: createNaming(DEFAULT_STRATEGY, 'underscores'),
    notReady: () => undefined,
    stalls: () => [],
    lines: 100,
    rowHistories: 200,
    processes: () => [],
    ...options,
  });
  let now = 1_800_000_000_000;
  const tickIn: Sampled['tickIn'] = (milliseconds, ...metrics) => {
    now += INTERVAL_MS;
    const read = resourceMetrics({ 'service.name': 'sampled' }, scope('s', ...metrics));
    resultOf(ring.read(read, now, now + milliseconds));
    resultOf(ring.showSections());
    resultOf(ring.showMetrics());
    return ring.frame(undefined);
  };
  return {
    tick: (...metrics) => tickIn(0, ...metrics),
    tickIn,
    later: () => ring.frame(ring.position),
    ring,
  };
}

/** GET requests of a route with one status. By default 200, and between 5 and 500 ms. */
export type RouteSeries = readonly [
  route: string,
  count: number,
  status?: number,
  histogram?: GivenHistogram,
];

/** `http.server.request.duration` with these series. */
export function requests(...series: RouteSeries[]): MetricData {
  return histogram(
    { name: 'http.server.request.duration', unit: 's' },
    ...series.map(([route, count, status = 200, given]): [Attributes, GivenHistogram] => [
      {
        'http.request.method': 'GET',
        'http.route': route,
        'http.response.status_code': status,
        ...(status >= 500 && { 'error.type': String(status) }),
      },
      given ?? { boundaries: [0.005, 0.5], counts: [0, count, 0], sum: count * 0.01 },
    ]),
  );
}

/** The rows of the frame's table of routes, by route. */
export function routesOf(frame: Frame): Map<string, RowView> {
  const rows = frame.sections.find(({ id }) => id === 'http')?.table?.rows ?? [];
  return new Map(rows.map((row) => [row.key[1] || (row.key[0] ?? ''), row]));
}
