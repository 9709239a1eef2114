import { expressionWith } from '../../base/name-patterns.ts';
import { warn } from '../../base/safely.ts';
import { DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import type { InstrumentKind } from '../../model/protocol.ts';
import type { NameChoice, View } from '../../model/view.ts';
import type { InstrumentOptions } from './instrument-options.ts';

/** OpenTelemetry metrics SDK specification, "Instrument selection criteria". */
const WILDCARDS = { '*': '.*', '?': '.' };

/** The kind of instrument whose sum a stream of this kind of instrument is. */
const SUMS: Readonly<Record<InstrumentKind, InstrumentKind>> = {
  counter: 'counter',
  upDownCounter: 'upDownCounter',
  histogram: 'counter',
  gauge: 'upDownCounter',
  observableCounter: 'observableCounter',
  observableUpDownCounter: 'observableUpDownCounter',
  observableGauge: 'observableUpDownCounter',
};

/** The views of one recorder. */
export class Views {
  private readonly views: readonly {
    readonly view: View;
    readonly matches: (asked: InstrumentOptions) => boolean;
  }[];
  private readonly warned = new Set<string>();

  constructor(views: readonly View[]) {
    this.views = views.map((view) => ({ view, matches: matcherOf(view) }));
  }

  /**
   * The streams of an instrument: one for each view that matches, the instrument itself where none does. Streams of
   * one name would be one metric twice, so the first of them counts.
   */
  streamsOf(asked: InstrumentOptions): readonly [InstrumentOptions, ...InstrumentOptions[]] {
    const matching = this.views.filter(({ matches }) => matches(asked));
    const byName = new Map<string, InstrumentOptions>();
    for (const { view } of matching) {
      const stream = this.streamBy(view, asked);
      const key = stream.name.toLowerCase();
      if (!byName.has(key)) byName.set(key, stream);
      else this.warnOnce(`twice ${asked.name}`, twice(asked.name, stream.name));
    }
    const streams = [...byName.values()];
    const [first = asked, ...others] = streams.some((stream) => stream.isDropped !== true)
      ? streams.filter((stream) => stream.isDropped !== true)
      : streams;
    return [first, ...others];
  }

  private streamBy(view: View, asked: InstrumentOptions): InstrumentOptions {
    const {
      name = asked.name,
      description = asked.description,
      seriesLimit,
      attributes,
      exemplarReservoir,
    } = view;
    return {
      ...asked,
      ...this.aggregationBy(view, asked),
      name,
      description,
      isDropped: view.aggregation === 'drop',
      advice: { ...asked.advice, ...(seriesLimit === undefined ? {} : { seriesLimit }) },
      ...(attributes === undefined ? {} : { keeps: chooserOf(attributes) }),
      ...(exemplarReservoir === undefined ? {} : { exemplarReservoir }),
    };
  }

  private aggregationBy(
    { aggregation }: View,
    { name, kind }: InstrumentOptions,
  ): Partial<InstrumentOptions> {
    const isObservable = kind.startsWith('observable');
    switch (aggregation) {
      case undefined:
      case 'default':
      case 'drop':
        return {};
      case 'sum':
        return { kind: SUMS[kind], boundaries: undefined, isExponential: false };
      case 'lastValue':
        return {
          kind: isObservable ? 'observableGauge' : 'gauge',
          boundaries: undefined,
          isExponential: false,
        };
    }
    if (isObservable) {
      this.warnOnce(
        `histogram ${name}`,
        `a view asks for a histogram of '${name}', whose values callbacks report; it keeps its default aggregation.`,
      );
      return {};
    }
    const histogram = { kind: 'histogram', boundaries: DEFAULT_BOUNDARIES } as const;
    if (aggregation === 'exponential') return { ...histogram, isExponential: true };
    const buckets = { ...histogram, isExponential: false, isExplicit: true };
    return aggregation === 'explicit' ? buckets : { ...buckets, boundaries: aggregation.boundaries };
  }

  private warnOnce(fault: string, text: string): void {
    if (this.warned.has(fault)) return;
    this.warned.add(fault);
    warn(text);
  }
}

function twice(instrument: string, stream: string): string {
  return (
    `more than one view makes a stream '${stream}' of the instrument '${instrument}'; the first one counts. ` +
    'Give the others a name of their own, or put the specific view above the general one.'
  );
}

function matcherOf({ selector }: View): (asked: InstrumentOptions) => boolean {
  const { instrumentName, instrumentType, unit, meterName, meterVersion, meterSchemaUrl } = selector;
  const named = instrumentName === undefined ? undefined : expressionWith(WILDCARDS, instrumentName, 'is');
  return ({ name, kind, scope, unit: ownUnit }) =>
    (named === undefined || named.test(name)) &&
    (instrumentType === undefined || instrumentType === kind) &&
    (unit === undefined || unit === ownUnit) &&
    (meterName === undefined || meterName === scope.name) &&
    (meterVersion === undefined || meterVersion === scope.version) &&
    (meterSchemaUrl === undefined || meterSchemaUrl === scope.schemaUrl);
}

function chooserOf({ included, excluded = [] }: NameChoice): (name: string) => boolean {
  const chosen = included?.map((pattern) => expressionWith(WILDCARDS, pattern, 's'));
  const leftOut = excluded.map((pattern) => expressionWith(WILDCARDS, pattern, 's'));
  return (name) =>
    (chosen === undefined || chosen.some((one) => one.test(name))) && !leftOut.some((one) => one.test(name));
}
