import type { RuleTests } from './rule-files.ts';

/*
 * The classic histograms of a unit test of rules, as Prometheus stores them with `convert_classic_histograms_to_nhcb`:
 * native histograms with custom buckets. (Prometheus, "Unit testing for rules", "Series")
 */

type InputSeries = NonNullable<RuleTests['tests'][number]['input_series']>[number];

/** A sample; undefined where there is none. */
type Sample = number | 'stale' | undefined;

/** The classic series of one histogram with one set of labels. */
interface Classic {
  count?: readonly Sample[];
  sum?: readonly Sample[];
  /** By their bounds. */
  readonly buckets: Map<number, readonly Sample[]>;
}

const SUFFIX = /^(.+)_(count|sum|bucket)\{(.*)\}$/;

/** The tests with the histograms of that name converted. Their expectations stay as they are. */
export function withCustomBuckets({ tests, ...rest }: RuleTests, name: string): RuleTests {
  return {
    ...rest,
    tests: tests.map(({ input_series = [], ...test }) => ({
      ...test,
      input_series: convert(input_series, name),
    })),
  };
}

function convert(input: readonly InputSeries[], name: string): InputSeries[] {
  const histograms = new Map<string, Classic>();
  const others: InputSeries[] = [];
  for (const each of input) {
    const [, base, part, labels = ''] = SUFFIX.exec(each.series) ?? [];
    if (base !== name) {
      others.push(each);
      continue;
    }
    const [, bound] = /(?:^|,)le="([^"]*)"/.exec(labels) ?? [];
    const key = labels.replace(/,?le="[^"]*"/, '');
    const histogram: Classic = histograms.get(key) ?? { buckets: new Map() };
    histograms.set(key, histogram);
    const samples = expanded(each.values);
    if (part === 'bucket') histogram.buckets.set(Number(bound?.replace('Inf', 'Infinity')), samples);
    else if (part === 'sum') histogram.sum = samples;
    else histogram.count = samples;
  }
  // A histogram that a test gives no buckets has those of the others, and all its values in the first.
  const shared = boundsOf(
    [...histograms.values()].find(({ buckets }) => buckets.size > 0)?.buckets.keys() ?? [0.5],
  );
  return [
    ...others,
    ...[...histograms].map(([labels, histogram]) => ({
      series: `${name}{${labels}}`,
      values: nativeSamples(histogram, shared),
    })),
  ];
}

/** Finite and in their order. */
function boundsOf(bounds: Iterable<number>): number[] {
  return [...bounds].filter(Number.isFinite).sort((a, b) => a - b);
}

function nativeSamples({ count = [], sum = [], buckets }: Classic, shared: readonly number[]): string {
  const bounds = buckets.size > 0 ? boundsOf(buckets.keys()) : shared;
  return count
    .map((total, index) => {
      if (total === undefined) return '_';
      if (total === 'stale') return 'stale';
      const cumulative = bounds.map((bound) => Number(buckets.get(bound)?.[index] ?? total));
      const each = [...cumulative, total].map((value, i, all) => value - (all[i - 1] ?? 0));
      return (
        `{{schema:-53 sum:${Number(sum[index] ?? 0)} count:${total} ` +
        `custom_values:[${bounds.join(' ')}] buckets:[${each.join(' ')}]}}`
      );
    })
    .join(' ');
}

/** The samples that promtool's notation stands for. `a+bxn` is n + 1 of them. */
function expanded(values: string): Sample[] {
  return values.split(/\s+/).flatMap((token): Sample[] => {
    if (token === 'stale') return ['stale'];
    const [, gap, times = '1'] = /^(_)(?:x(\d+))?$/.exec(token) ?? [];
    if (gap !== undefined) return Array.from({ length: Number(times) }, () => undefined);
    const [, start = '', step = '0', steps = '0'] = /^(-?[\d.]+)([+-][\d.]+)?(?:x(\d+))?$/.exec(token) ?? [];
    if (start === '') throw new Error(`not a notation of values: ${token}`);
    return Array.from({ length: Number(steps) + 1 }, (_, i) => Number(start) + i * Number(step));
  });
}
