import type { Attributes } from '@opentelemetry/api';
import { attributeText } from '../../model/attribute-text.ts';
import { type Distribution, sumOfDistributions } from './distribution.ts';
import { History, type Timeline } from './history.ts';
import type { MetricReading, SeriesReading } from './readings.ts';
import type { ChartSpec, LineSpec } from './section-specs.ts';
import { type Added, Window } from './window.ts';
import type { ChartView, LineView, Point, Quantile } from './wire.ts';

/** The first values of an attribute have lines; further values have none. */
const MAX_LINES = 8;
/** A quantile, mean or share covers this many ticks: one tick of a quiet service has too few values. */
const STATISTIC_TICKS = 5;

const UNKNOWN: Quantile = { value: null };

interface Line {
  readonly label: string;
  readonly history: History;
  readonly window: Window;
  /** The value of the last tick. */
  newest: Quantile;
}

/** The lines of one chart. */
export class Chart {
  private readonly spec: ChartSpec;
  private readonly timeline: Timeline;
  private readonly lines: ReadonlyMap<LineSpec, Map<string, Line>>;

  constructor(spec: ChartSpec, timeline: Timeline) {
    this.spec = spec;
    this.timeline = timeline;
    this.lines = new Map(spec.lines.map((line) => [line, new Map()]));
  }

  /** @param seconds since the last tick; undefined in the first */
  tick(metrics: ReadonlyMap<string, MetricReading>, seconds: number | undefined): void {
    for (const [spec, lines] of this.lines) {
      const series = (metrics.get(spec.metric)?.series ?? []).filter(({ attributes }) =>
        matches(attributes, spec.where),
      );
      const groups =
        spec.by === undefined
          ? new Map(series.length === 0 ? [] : [[spec.label, series]])
          : grouped(series, spec.by);
      for (const label of groups.keys()) {
        if (!lines.has(label) && lines.size < MAX_LINES) lines.set(label, this.create(label));
      }
      for (const [label, line] of lines) {
        line.newest = readingOf(spec.of, groups.get(label) ?? [], line.window, seconds);
        const { value, bound } = line.newest;
        // A line through bounds would look like a measurement.
        const hasPoint = value !== null && bound === undefined;
        line.history.put(hasPoint ? without(spec.minus, value) : undefined);
      }
    }
  }

  /** Undefined while the service has none of its metrics. */
  view(): ChartView | undefined {
    const { id, title, measure } = this.spec;
    const lines = [...this.each()].map(([view]) => view);
    return lines.some(({ isLimit }) => !isLimit)
      ? { id, title, measure, over: this.secondsOfPoint(), lines, isSplit: this.isSplit }
      : undefined;
  }

  pointsFrom(tick: number): [id: string, points: Point[]][] {
    return [...this.each()].map(([{ id }, { history }]) => [id, history.from(tick)]);
  }

  private get isSplit(): boolean {
    return this.spec.lines.some(({ by }) => by !== undefined);
  }

  /** Lines of one chart cover the same time. */
  private secondsOfPoint(): Point {
    const of = this.spec.lines[0]?.of;
    if (of === undefined || of === 'sum' || of === 'max') return null;
    return this.timeline.interval * (isStatistic(of) ? STATISTIC_TICKS : 1);
  }

  private *each(): Generator<[LineView, Line]> {
    let index = 0;
    for (const [spec, lines] of this.lines) {
      for (const line of lines.values()) {
        const id = `${this.spec.id}/${index}/${line.label}`;
        const { label, newest } = line;
        const bounded = newest.bound === undefined ? {} : { newest };
        yield [{ id, label, isLimit: spec.isLimit === true, ...bounded }, line];
      }
      index++;
    }
  }

  private create(label: string): Line {
    const window = new Window(STATISTIC_TICKS);
    return { label, history: new History(this.timeline), window, newest: UNKNOWN };
  }
}

/** Whether the operations that a series counts failed (semantic conventions, "Recording errors"). */
export function hasFailed(attributes: Attributes): boolean {
  return attributes['error.type'] !== undefined || Number(attributes['http.response.status_code']) >= 500;
}

/** Whether a server answered with 4xx. A client's operation with such a status has failed. */
function isClientError(attributes: Attributes): boolean {
  const status = Number(attributes['http.response.status_code']);
  return status >= 400 && status < 500 && !hasFailed(attributes);
}

/** The increase of these series in one tick, together; undefined if none is known. */
export function addedTo(series: readonly SeriesReading[]): Added | undefined {
  let count = 0;
  let failed = 0;
  let clientErrors = 0;
  let sum = 0;
  let isKnown = false;
  const distributions: Distribution[] = [];
  for (const { increase, sumIncrease, attributes, distribution } of series) {
    if (increase === undefined) continue;
    isKnown = true;
    count += increase;
    sum += sumIncrease;
    if (hasFailed(attributes)) failed += increase;
    else if (isClientError(attributes)) clientErrors += increase;
    if (distribution !== undefined) distributions.push(distribution);
  }
  return isKnown
    ? { count, failed, clientErrors, sum, distribution: sumOfDistributions(distributions) }
    : undefined;
}

/** Null while it is unknown. */
function readingOf(
  of: LineSpec['of'],
  series: readonly SeriesReading[],
  window: Window,
  seconds: number | undefined,
): Quantile {
  switch (of) {
    case 'sum':
      return series.length === 0 ? UNKNOWN : { value: series.reduce((sum, { value }) => sum + value, 0) };
    case 'max':
      return series.length === 0 ? UNKNOWN : { value: Math.max(...series.map(({ value }) => value)) };
    case 'time': {
      const isKnown = seconds !== undefined && series.some(({ increase }) => increase !== undefined);
      return isKnown ? { value: series.reduce((sum, each) => sum + each.sumIncrease, 0) / seconds } : UNKNOWN;
    }
    case 'rate': {
      const added = addedTo(series);
      return added === undefined || seconds === undefined ? UNKNOWN : { value: added.count / seconds };
    }
    case 'failed':
      window.push(addedTo(series));
      return { value: window.view(seconds).errors };
    case 'clientErrors':
    case 'mean':
      window.push(addedTo(series));
      return { value: window.view(seconds)[of] };
    default:
      window.push(addedTo(series));
      return window.view(seconds)[of];
  }
}

function isStatistic(of: LineSpec['of']): boolean {
  return of !== 'sum' && of !== 'max' && of !== 'rate' && of !== 'time';
}

function without(offset: number | undefined, value: number): number {
  return offset === undefined ? value : Math.max(0, value - offset);
}

function matches(attributes: Attributes, where: LineSpec['where'] = {}): boolean {
  return Object.entries(where).every(([key, value]) => attributeText(attributes[key]) === value);
}

function grouped(series: readonly SeriesReading[], by: string): Map<string, SeriesReading[]> {
  return Map.groupBy(series, ({ attributes }) => attributeText(attributes[by]));
}
