import { isDeepStrictEqual } from 'node:util';
import { type Attributes, ValueType } from '@opentelemetry/api';
import { warnAtCaller } from '../../base/safely.ts';
import type { LimitsAdvice } from '../../model/advice.ts';
import { activityOf, type InstrumentDescription } from '../../model/protocol.ts';
import type { Redactor } from '../../model/redaction.ts';
import { OVERFLOW_ATTRIBUTE, SeriesLimit } from '../../model/series-limit.ts';
import type { ExemplarReservoir } from '../../model/view.ts';
import type { RecorderContext } from './context.ts';
import { violationOf } from './contract-check.ts';
import type { InstrumentOptions } from './instrument-options.ts';
import { type Layout, layoutOf } from './layouts.ts';
import type { Series } from './series.ts';
import { SeriesCells } from './series-cells.ts';
import { SeriesIndex } from './series-index.ts';
import { ValueCheck } from './value-check.ts';

/** Keeps numbers in the cells of an instrument's series, and hears what happens to them. */
export interface SeriesOwner {
  /** The series are about to lose their cells. */
  removing(series: readonly Series[]): void;
  /** Settings have changed: exemplars were turned on or off, or series with redacted attributes were removed. */
  reconfigured(): void;
  /** Everything starts from zero. */
  reset(): void;
}

/**
 * One stream of metrics: its name, the values and series that it takes, and the place of its series. The
 * instrument objects of the API are thin handles of it.
 *
 * {@link index} finds the series of a set of attributes, {@link SeriesCells} makes its cells, and the handle writes
 * into them. This class ties the three to the settings, which may change while the application runs.
 */
export class InstrumentState {
  readonly id: number;
  readonly index: SeriesIndex;
  readonly isInteger: boolean;
  readonly exemplarReservoir: ExemplarReservoir | undefined;
  owner: SeriesOwner | undefined;
  protected readonly context: RecorderContext;
  private readonly values: ValueCheck;
  private readonly cells: SeriesCells;
  private isDropped: boolean;
  private readonly keeps: ((attribute: string) => boolean) | undefined;
  private readonly warned = new Set<string>();
  private description: InstrumentDescription;
  private advice: LimitsAdvice;
  private redactor: Redactor;

  constructor(asked: InstrumentOptions, context: RecorderContext) {
    const { advice, keeps, isDropped = false, isExplicit: _, exemplarReservoir, ...options } = asked;
    this.id = context.nextInstrument();
    this.isDropped = isDropped;
    // A dropped instrument records as any other, and the hub hears nothing of it.
    this.context = { ...context, announce: (message) => this.isDropped || context.announce(message) };
    this.keeps = isDropped ? () => false : keeps;
    this.exemplarReservoir = exemplarReservoir;
    this.advice = advice;
    this.description = { ...options, ...this.limitsOf(options), id: this.id };
    this.isInteger = options.valueType === ValueType.INT;
    const mayBeInfinite = options.kind === 'gauge' || options.kind === 'observableGauge';
    this.values = new ValueCheck({ isInteger: this.isInteger, mayBeInfinite }, this.warn.bind(this));
    this.cells = new SeriesCells(this, this.context);
    const limit = new SeriesLimit(this.description.seriesLimit);
    this.redactor = this.redactorOf(options.name);
    this.index = new SeriesIndex(options.name, limit, this.redactor, this.cells);
    this.reserveDeclared(advice);
    this.context.announce({ type: 'instrument', instrument: this.description });
  }

  /** Whether the hub hears of it: not when a view drops it, and not when another instrument measures the same. */
  get isExported(): boolean {
    return !this.isDropped;
  }

  get described(): InstrumentDescription {
    return this.description;
  }

  /** Whether something else counts, and writes into the cells. */
  get isCounted(): boolean {
    return false;
  }

  /** How the cells of a series are laid out. */
  get layout(): Layout {
    return layoutOf(this.description.kind);
  }

  /** The value to record, or `undefined` for one that is ignored with a warning. Never throws. */
  accept(value: unknown): number | undefined {
    return this.values.accept(value);
  }

  /** As {@link accept}, for instruments that take no negative values. */
  acceptPositive(value: unknown): number | undefined {
    return this.values.acceptPositive(value);
  }

  /** Warns once for each kind of fault. */
  warn(fault: string, text: string): void {
    if (this.warned.has(fault)) return;
    this.warned.add(fault);
    warnAtCaller(`instrument '${this.description.name}' ${text}.`);
  }

  /** Counts a new series that is not as its contract declares, and warns once. */
  checkContract(attributes: Attributes): void {
    const { declared } = this.advice;
    if (declared === undefined || OVERFLOW_ATTRIBUTE in attributes) return;
    const violation = violationOf(declared, attributes, (name) => this.redactor.redacts(name));
    if (violation === undefined) return;
    this.context.violated(this.description.name, violation.attribute);
    this.warn(
      'contract',
      `was recorded with ${violation.text}; such series are exported and counted in ` +
        'pitot.contract.violations. Said once',
    );
  }

  /** Replaces the description text, which does not identify an instrument. */
  describe(text: string): void {
    this.redescribe({ description: text });
  }

  /** Adds the advice of another creator of the same instrument; where that one is silent, earlier advice stays. */
  advise(advice: LimitsAdvice): void {
    const added = { ...this.advice, ...advice };
    if (isDeepStrictEqual(added, this.advice)) return;
    this.advice = added;
    this.reserveDeclared(advice);
    this.reconfigure();
  }

  /** Applies settings that have changed. Removes series with attributes that are to be redacted now. */
  reconfigure(): void {
    const { seriesLimit, seriesIdle, merge } = this.limitsOf(this.description);
    const { description: before } = this;
    if (seriesLimit !== before.seriesLimit || seriesIdle !== before.seriesIdle || merge !== before.merge) {
      this.index.limit.max = seriesLimit;
      this.redescribe({ seriesLimit, seriesIdle, merge });
    }
    this.redactor = this.redactorOf(before.name);
    const exposed = this.index.redactBy(this.redactor);
    if (exposed.length > 0) this.removeExposed(exposed);
    this.owner?.reconfigured();
  }

  private removeExposed(exposed: readonly Series[]): void {
    this.warn(
      'exposed',
      `had ${exposed.length} series with attributes that are to be redacted; they are removed with what they counted`,
    );
    this.discard(exposed);
  }

  /** Announces the instrument with all its series again, for a hub that has just started. */
  announceAll(): void {
    this.context.announce({ type: 'instrument', instrument: this.description });
    this.cells.announceAll(this.index.all());
  }

  /** Turns exemplars on or off for all series, as the sampler says. */
  switchExemplars(): void {
    this.cells.switchExemplars(this.index.all());
    this.owner?.reconfigured();
  }

  /** Starts a series that is absent: its start time is now. */
  begin(series: Series): void {
    this.cells.begin(series);
  }

  /** Removes the series with these attributes, if there is one. */
  remove(attributes: Attributes | undefined): void {
    const series = this.index.get(attributes);
    if (series !== undefined && !this.isDropped) this.discard([series]);
  }

  /** Removes the idle series that recorded nothing since the hub has seen their activity. */
  expire(idle: ReadonlyMap<number, number>): void {
    this.discard(
      this.index
        .all()
        .filter(({ id, cells, at }) => idle.get(id) === activityOf(this.description, cells, at)),
    );
  }

  /** Exports nothing from now on, because another instrument measures the same. */
  silence(): void {
    this.reset();
    this.isDropped = true;
  }

  /** Removes every series. */
  reset(): void {
    this.discard(this.index.all());
    this.owner?.reset();
  }

  /** Removes series and frees their cells. Bound forms replace a removed series by {@link SeriesIndex.renew}. */
  discard(series: readonly Series[]): void {
    const present = series.filter(({ isRemoved }) => !isRemoved);
    if (present.length === 0) return;
    for (const one of present) this.index.remove(one);
    this.owner?.removing(present);
    this.cells.free(present);
  }

  protected redescribe(change: Partial<InstrumentDescription>): void {
    this.description = { ...this.description, ...change };
    this.context.announce({ type: 'instrument', instrument: this.description });
  }

  private limitsOf({ name, kind }: Pick<InstrumentDescription, 'name' | 'kind'>) {
    const limits = this.context.limits();
    return {
      seriesLimit: limits.seriesLimit(name, this.advice),
      seriesIdle: limits.seriesIdle(name, kind, this.advice),
      merge: this.mergeRule,
    };
  }

  /** The rule by which the values of several processes become one. */
  protected get mergeRule(): string | undefined {
    return this.advice.merge;
  }

  private redactorOf(name: string): Redactor {
    return this.context.limits().redactorOf(name, this.advice, this.keeps);
  }

  private reserveDeclared({ attributes = {} }: LimitsAdvice): void {
    for (const [name, values] of Object.entries(attributes)) this.index.limit.reserve(name, values);
  }
}
