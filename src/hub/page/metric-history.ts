import type { Attributes } from '@opentelemetry/api';
import { attributeText } from '../../model/attribute-text.ts';
import { History, type Timeline } from './history.ts';
import { Chart } from './lines.ts';
import { measureOf, rateMeasureOf } from './measures.ts';
import type { MetricReading, SeriesReading } from './readings.ts';
import type { ChartSpec } from './section-specs.ts';
import type { ChartView, MetricFrame, Point, SeriesView } from './wire.ts';

/** Series of one metric with a line. */
const MAX_LINES = 12;
/** Series of one metric in the explorer's list. */
const MAX_LISTED_SERIES = 200;

interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly history: History;
}

/** Lines that all metrics together may still begin. */
export interface LineBudget {
  left: number;
}

/** One metric in the explorer: charts of all its series, and the lines of the first ones. */
export class MetricHistory {
  private readonly timeline: Timeline;
  private readonly budget: LineBudget;
  /** All series together: a histogram's rate, quantiles and mean; a counter's rate. */
  private readonly charts: readonly Chart[];
  private readonly lines = new Map<string, Line>();
  private reading: MetricReading;
  private seconds: number | undefined;

  constructor(reading: MetricReading, timeline: Timeline, budget: LineBudget) {
    this.reading = reading;
    this.timeline = timeline;
    this.budget = budget;
    this.charts = chartsOf(reading).map((spec) => new Chart(spec, timeline));
  }

  tick(reading: MetricReading, seconds: number | undefined): void {
    this.reading = reading;
    this.seconds = seconds;
    const alone = new Map([[reading.name, reading]]);
    for (const chart of this.charts) chart.tick(alone, seconds);
    for (const series of reading.series) {
      const line = this.lines.get(series.key) ?? this.begin(series);
      line?.history.put(this.pointOf(series));
    }
    for (const [key, { history }] of this.lines) {
      if (history.age >= this.timeline.length) this.end(key);
    }
  }

  /** Returns its lines to the budget. */
  close(): void {
    for (const key of this.lines.keys()) this.end(key);
  }

  frame(tick: number, run: string, isWhole: boolean): MetricFrame {
    const { series } = this.reading;
    const lines = [...this.lines].map(([key, line]) => ({ id: `series/${key}`, ...line }));
    const views = this.charts.flatMap((chart) => chart.view() ?? []);
    return {
      run,
      isWhole,
      times: this.timeline.timesFrom(tick),
      points: Object.fromEntries<readonly Point[]>([
        ...this.charts.flatMap((chart) => chart.pointsFrom(tick)),
        ...lines.map(({ id, history }) => [id, history.from(tick)] as const),
      ]),
      charts: lines.length < 2 && views.length > 0 ? views : [...views, this.seriesChart(lines)],
      series: series.slice(0, MAX_LISTED_SERIES).map((each) => this.seriesView(each)),
      total: series.length,
    };
  }

  private seriesChart(lines: readonly (Line & { readonly id: string })[]): ChartView {
    const { type, unit, series } = this.reading;
    const isAll = series.length <= lines.length;
    return {
      id: 'series',
      title: isAll ? 'By series' : `By series, the first ${lines.length} of ${series.length}`,
      measure: isCounted(type) ? countRateMeasure(this.reading) : measureOf(unit),
      over: isCounted(type) ? this.timeline.interval : null,
      lines: lines.map(({ id, labels }) => ({ id, label: shortLabel(labels, lines), isLimit: false })),
      isSplit: false,
    };
  }

  private seriesView(series: SeriesReading): SeriesView {
    const rate = isCounted(this.reading.type) ? (this.pointOf(series) ?? null) : null;
    return { labels: labelsOf(series.attributes), value: series.value, rate };
  }

  private pointOf({ value, increase }: SeriesReading): number | undefined {
    if (!isCounted(this.reading.type)) return value;
    return increase === undefined || this.seconds === undefined ? undefined : increase / this.seconds;
  }

  private begin({ key, attributes }: SeriesReading): Line | undefined {
    if (this.lines.size >= MAX_LINES || this.budget.left === 0) return undefined;
    this.budget.left--;
    const line = { labels: labelsOf(attributes), history: new History(this.timeline) };
    this.lines.set(key, line);
    return line;
  }

  private end(key: string): void {
    if (this.lines.delete(key)) this.budget.left++;
  }
}

function chartsOf({ name, type, unit }: MetricReading): ChartSpec[] {
  switch (type) {
    case 'counter': {
      const measure = rateMeasureOf(unit);
      return [
        { id: 'rate', title: 'A second', measure, lines: [{ label: 'all', metric: name, of: 'rate' }] },
      ];
    }
    case 'histogram':
      return [
        {
          id: 'quantiles',
          title: 'Quantiles and mean',
          measure: measureOf(unit),
          lines: (['p50', 'p95', 'p99', 'mean'] as const).map((of) => ({ label: of, metric: name, of })),
        },
        {
          id: 'rate',
          title: 'Measurements',
          measure: '/s',
          lines: [{ label: 'all', metric: name, of: 'rate' }],
        },
      ];
    default:
      return [];
  }
}

function isCounted(type: MetricReading['type']): boolean {
  return type === 'counter' || type === 'histogram';
}

function countRateMeasure({ type, unit }: MetricReading) {
  return type === 'counter' ? rateMeasureOf(unit) : '/s';
}

/** The values that distinguish a series from the others in its chart. */
function shortLabel(labels: Line['labels'], all: readonly Line[]): string {
  const keys = new Set(all.flatMap((line) => Object.keys(line.labels)));
  const telling = [...keys].filter((key) => all.some((line) => line.labels[key] !== labels[key]));
  const values = telling.flatMap((key) => labels[key] ?? []).filter((value) => value !== '');
  return values.length === 0 ? 'value' : values.join(' · ');
}

function labelsOf(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeText(value)]));
}
