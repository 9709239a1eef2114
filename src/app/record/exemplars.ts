import { type Context, isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api';
import { reasonOf } from '../../base/reason.ts';
import { atomics } from '../../base/shared-memory.ts';
import {
  EXEMPLAR_CELLS,
  EXEMPLAR_IDS,
  EXEMPLAR_SEQUENCE,
  EXEMPLAR_TIME,
  EXEMPLAR_VALUE,
  ID_WORDS,
  startOf,
  WORDS_PER_CELL,
} from '../../model/protocol.ts';
import { activeContext, hasTracer, spanContextIn } from '../opentelemetry/shared-api.ts';
import type { Run } from './cells.ts';
import type { Reservoir } from './reservoir.ts';

/** Which measurements may become exemplars. (OpenTelemetry metrics SDK specification, "ExemplarFilter") */
export type ExemplarFilter = 'always_on' | 'always_off' | 'trace_based';

/** Hexadecimal digits in a word of an id. */
const DIGITS = 8;
const NO_IDS = new Int32Array(ID_WORDS);

/**
 * Chooses the measurements of one recorder that become exemplars. It is off until the application registers a tracer
 * provider: without spans there are no exemplars, and series have no {@link SeriesExemplars}. {@link look} finds the
 * provider, where time does not matter.
 */
export class ExemplarSampler {
  isOn = false;
  /** How many collections there have been. */
  collections = 0;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  private filter: ExemplarFilter = 'trace_based';
  private readonly turned: () => void;
  /** The last span and its ids as words: most recordings of a span follow each other. */
  private traceId = '';
  private spanId = '';
  private ids: Int32Array = NO_IDS;

  /** @param turned called whenever {@link isOn} has changed */
  constructor(now: () => number, turned: () => void) {
    this.now = now;
    this.turned = turned;
  }

  /** Whether nothing becomes an exemplar, whatever the application registers. */
  get isOff(): boolean {
    return this.filter === 'always_off';
  }

  choose(filter: ExemplarFilter): void {
    this.filter = filter;
    this.look();
  }

  /** Every collection begins with this. */
  beginCollection(): void {
    this.collections++;
    this.look();
  }

  /** Looks for a tracer provider. Every new series and every collection calls this. */
  look(): void {
    const isOn = this.filter === 'always_on' || (this.filter === 'trace_based' && (this.isOn || hasTracer()));
    if (isOn === this.isOn) return;
    this.isOn = isOn;
    this.turned();
  }

  /**
   * The ids of the span of a measurement, all 0 without a span; `undefined` when the measurement is no candidate for
   * an exemplar.
   */
  candidate(context: Context | undefined): Int32Array | undefined {
    const span = spanContextIn(context ?? activeContext());
    if (this.filter === 'always_on') return span === undefined ? NO_IDS : this.idsOf(span);
    if (span === undefined || (span.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
    const ids = this.idsOf(span);
    return ids === NO_IDS ? undefined : ids;
  }

  /** {@link NO_IDS} for a span that has no valid ones. */
  private idsOf(span: SpanContext): Int32Array {
    if (span.spanId !== this.spanId || span.traceId !== this.traceId) {
      this.traceId = span.traceId;
      this.spanId = span.spanId;
      this.ids = isSpanContextValid(span) ? parse(span.traceId + span.spanId) : NO_IDS;
    }
    return this.ids;
  }
}

/** The part of an instrument that its exemplars use. */
interface Owner {
  /** The reservoir of a view. Without one the caller's slot counts. */
  readonly reservoir: Reservoir | undefined;
  /** Makes and announces the cells. */
  allocate(): Run;
  warn(fault: string, text: string): void;
}

/** The exemplars of one series. They take memory from the first one on. */
export class SeriesExemplars {
  /** `undefined` until there is one. */
  run: Run | undefined;
  private readonly sampler: ExemplarSampler;
  private readonly owner: Owner;

  constructor(sampler: ExemplarSampler, owner: Owner) {
    this.sampler = sampler;
    this.owner = owner;
  }

  /**
   * Stores a measurement as the exemplar in `slot`, if it is a candidate. The caller counts it first, so that every
   * exemplar is part of the sum that a reader sees. Never throws, whatever the application passes as a context.
   */
  offer(slot: number, value: number, context: Context | undefined): void {
    try {
      const ids = this.sampler.candidate(context);
      if (ids === undefined) return;
      this.write(slot, value, this.sampler.now(), ids);
    } catch (error) {
      const text = reasonOf(error);
      this.owner.warn(
        'exemplar',
        `was given a context whose span cannot be read (${text}); the measurement has no exemplar`,
      );
    }
  }

  /** Stores an exemplar for a series that something else counts. */
  put(slot: number, { value, time, traceId, spanId }: GivenExemplar): void {
    if (this.sampler.isOff) return;
    this.write(slot, value, startOf(time), parse(traceId + spanId));
  }

  private write(slot: number, value: number, time: number, ids: Int32Array): void {
    const chosen = this.owner.reservoir === undefined ? slot : this.owner.reservoir.slotOf(value);
    if (chosen === -1) return;
    this.run ??= this.owner.allocate();
    write(this.run, chosen, value, time, ids);
  }
}

/** A measurement that another library has chosen as an exemplar. */
export interface GivenExemplar {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits; all zeros if it is unknown. */
  readonly spanId: string;
}

/** The slot's sequence keeps a reader from seeing half of one exemplar and half of another. */
function write({ cells, words, at }: Run, slot: number, value: number, time: number, ids: Int32Array): void {
  const first = at + slot * EXEMPLAR_CELLS;
  const sequence = (first + EXEMPLAR_SEQUENCE) * WORDS_PER_CELL;
  atomics.add(words, sequence, 1);
  cells[first + EXEMPLAR_VALUE] = value;
  cells[first + EXEMPLAR_TIME] = time;
  words.set(ids, (first + EXEMPLAR_IDS) * WORDS_PER_CELL);
  atomics.add(words, sequence, 1);
}

function parse(digits: string): Int32Array {
  return Int32Array.from({ length: ID_WORDS }, (_, i) =>
    Number.parseInt(digits.slice(i * DIGITS, (i + 1) * DIGITS), 16),
  );
}
