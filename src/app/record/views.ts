import { isDeepStrictEqual } from 'node:util';
import { diag } from '../../base/diag.ts';
import { expressionWith } from '../../base/name-patterns.ts';
import { DEFAULT_BOUNDARIES } from '../../model/boundaries.ts';
import type { NameChoice, View } from '../../model/view.ts';
import type { InstrumentOptions } from './instrument-options.ts';

/** OpenTelemetry metrics SDK specification, "Instrument selection criteria". */
const WILDCARDS = { '*': '.*', '?': '.' };

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
   * The instrument as it is to be made. An instrument has one stream here: where several views match, the
   * first counts, and one warning says so.
   */
  apply(asked: InstrumentOptions): InstrumentOptions {
    const [first, second] = this.views.filter(({ matches }) => matches(asked));
    if (first === undefined) return asked;
    if (second !== undefined && !isDeepStrictEqual(first.view, second.view)) this.warnOfSecond(asked);
    return changed(asked, first.view);
  }

  private warnOfSecond({ name }: InstrumentOptions): void {
    if (this.warned.has(name)) return;
    this.warned.add(name);
    diag.warn(
      `pitot: instrument '${name}' is chosen by more than one view, and pitot makes one stream of an ` +
        'instrument: the first view counts. Have one view say everything, above the more general ones.',
    );
  }
}

function changed(asked: InstrumentOptions, view: View): InstrumentOptions {
  const { name = asked.name, description = asked.description, aggregation, seriesLimit, attributes } = view;
  return {
    ...asked,
    name,
    description,
    ...(asked.kind === 'histogram' ? bucketsBy(aggregation) : {}),
    isDropped: aggregation === 'drop',
    advice: { ...asked.advice, ...(seriesLimit === undefined ? {} : { seriesLimit }) },
    ...(attributes === undefined ? {} : { keeps: chooserOf(attributes) }),
  };
}

function bucketsBy(aggregation: View['aggregation']): Partial<InstrumentOptions> {
  if (aggregation === 'exponential') return { isExponential: true };
  const boundaries =
    typeof aggregation === 'object'
      ? aggregation.boundaries
      : aggregation === 'explicit'
        ? DEFAULT_BOUNDARIES
        : undefined;
  return boundaries === undefined ? {} : { boundaries, isExponential: false, isExplicit: true };
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
  const among = included?.map((pattern) => expressionWith(WILDCARDS, pattern, 's'));
  const without = excluded.map((pattern) => expressionWith(WILDCARDS, pattern, 's'));
  return (name) =>
    (among === undefined || among.some((one) => one.test(name))) && !without.some((one) => one.test(name));
}
