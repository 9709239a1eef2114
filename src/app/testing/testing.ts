import type { Attributes } from '@opentelemetry/api';
import { canonicalize, identityOf } from '../../model/attributes.ts';
import { type InstrumentKind, START } from '../../model/protocol.ts';
import { recorder } from '../record/global.ts';
import type { InstrumentState } from '../record/instrument-state.ts';
import { type MetricValue, readValue, totalOf } from './values.ts';

/** How long the callbacks of observables may take, in milliseconds, before their last values are read. */
const OBSERVE_TIMEOUT_MS = 5000;

/** One series of an instrument with its value. */
export interface DataPoint {
  /** The name of the meter. */
  readonly scope: string;
  /** The name of the instrument or, where a view gives another, that one. */
  readonly name: string;
  readonly kind: InstrumentKind;
  /** The unit that the instrument was created with, or ''. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: Attributes;
  readonly value: MetricValue;
}

/**
 * The value of a metric of this thread, after the callbacks of observables have run.
 *
 * ```ts
 * assert.equal(await metricsOf('shop.orders'), 3);
 * assert.equal(await metricsOf('shop.orders', { channel: 'web' }), 2);
 * ```
 *
 * Counters and histograms with several series give their sum. A counter or histogram that has recorded nothing gives
 * zero.
 *
 * @param name as the instrument was created with, such as `shop.orders`
 * @param attributes only series with all of these attributes, whichever else they have
 * @returns `undefined` when there is no instrument of that name, and when a gauge or an observable has no such series
 * @throws when several series of a gauge match, or when meters of several names have such an instrument
 */
export async function metricsOf(name: string, attributes: Attributes = {}): Promise<MetricValue | undefined> {
  await recorder.observe(OBSERVE_TIMEOUT_MS);
  const candidates = recorder.streams().filter(({ described }) => described.name === name);
  const used = candidates.filter((stream) => pointsOf(stream).length > 0);
  const [stream = candidates[0], ...others] = used;
  if (stream === undefined) return undefined;
  if (others.length > 0) {
    const all = used.map(({ described: { kind, scope } }) => `a ${kind} of the meter '${scope.name}'`);
    throw new Error(
      `metricsOf('${name}') found several instruments: ${all.join(', ')}. Read dataPoints() and choose by scope and kind.`,
    );
  }
  const points = pointsOf(stream).filter((point) => includes(point.attributes, attributes));
  if (!/gauge/i.test(stream.described.kind))
    return totalOf(
      stream.described,
      points.map(({ value }) => value),
    );
  if (points.length > 1) {
    const all = points.map((point) => JSON.stringify(point.attributes));
    throw new Error(
      `metricsOf('${name}') found ${points.length} series of a gauge, whose values have no sum: ${all.join(', ')}. ` +
        'Pass the attributes of one of them, or read dataPoints().',
    );
  }
  return points[0]?.value;
}

/** Every series of this thread with its value, after the callbacks of observables have run. */
export async function dataPoints(): Promise<DataPoint[]> {
  await recorder.observe(OBSERVE_TIMEOUT_MS);
  return recorder.streams().flatMap(pointsOf);
}

/**
 * Removes every series of this thread, so that each total starts from zero. Instruments and their bound forms stay
 * usable. Values that callbacks report come back with the next reading, as the callbacks report them.
 */
export function resetMetrics(): void {
  recorder.reset();
}

function pointsOf({ described, index }: InstrumentState): DataPoint[] {
  const { scope, name, kind, unit, description } = described;
  return index.all().flatMap((series) => {
    // A series without a start is absent. Tests run between recordings, so that no value is in the middle of a change.
    const value = series.cells[series.at + START] === 0 ? undefined : readValue(described, series);
    if (value === undefined) return [];
    return [
      { scope: scope.name, name, kind, unit, description, attributes: { ...series.attributes }, value },
    ];
  });
}

function includes(all: Attributes, some: Attributes): boolean {
  return Object.entries(canonicalize(some).attributes).every(
    ([key, value]) => Object.hasOwn(all, key) && identityOf(all[key]) === identityOf(value),
  );
}
