import { lazyBind } from '../../instruments/lazy-bind.ts';
import { messagingMetrics } from '../../instruments/queue-metrics.ts';
import type { BoundAdder, BoundRecorder } from '../../record/api.ts';

/** A client's operation without its outcome. (Semantic conventions 1.45.0, "Messaging client metrics") */
export interface OperationAttributes {
  readonly 'messaging.system.name': string;
  readonly 'messaging.operation.name': string;
  readonly 'messaging.destination.name'?: string;
  readonly 'messaging.destination.template'?: string;
  readonly 'messaging.consumer.group.name'?: string;
  readonly 'server.address'?: string;
  readonly 'server.port'?: number;
}

export type OperationType = 'send' | 'receive';

/** Messages that a producer sends. */
export class SendSeries {
  private readonly sent;
  private readonly duration;

  constructor(attributes: OperationAttributes) {
    this.sent = new Outcomes(() => messagingMetrics['client.sent.messages'], attributes);
    this.duration = new OperationSeries(attributes, 'send');
  }

  /**
   * @param error `error.type`; undefined when they were sent
   * @param startedAt milliseconds on the clock of `performance.now()`; undefined when nothing tells whether the broker
   *   has the messages
   */
  end(count: number, error: string | undefined, startedAt?: number): void {
    this.sent.of(error).add(count);
    if (startedAt !== undefined) this.duration.end(startedAt, error);
  }
}

/** `messaging.client.operation.duration` of one operation. */
export class OperationSeries {
  private readonly duration;

  constructor(attributes: OperationAttributes, type?: OperationType) {
    this.duration = new Outcomes(() => messagingMetrics['client.operation.duration'], {
      ...attributes,
      ...(type !== undefined && { 'messaging.operation.type': type }),
    });
  }

  /** @param error `error.type`; undefined for a success */
  end(startedAt: number, error?: string): void {
    this.duration.of(error).record((performance.now() - startedAt) / 1000);
  }
}

/** Messages that a consumer was given. */
export class DeliverySeries {
  private readonly consumed;
  private readonly duration;

  constructor(attributes: OperationAttributes) {
    this.consumed = lazyBind(() => messagingMetrics['client.consumed.messages'], attributes);
    this.duration = new Outcomes(() => messagingMetrics['process.duration'], attributes);
  }

  delivered(count: number): void {
    this.consumed().add(count);
  }

  /** @param error `error.type`; undefined when the processing succeeded */
  processed(seconds: number, error: string | undefined): void {
    this.duration.of(error).record(seconds);
  }
}

interface Bindable<Attributes, Bound> {
  bind(attributes: Attributes): Bound;
}

/** The series of an instrument by `error.type`, which has few values. */
class Outcomes<Attributes extends object, Bound extends BoundAdder | BoundRecorder> {
  private readonly instrument: () => Bindable<Attributes & { readonly 'error.type'?: string }, Bound>;
  private readonly attributes: Attributes;
  private readonly byError = new Map<string | undefined, () => Bound>();

  constructor(
    instrument: () => Bindable<Attributes & { readonly 'error.type'?: string }, Bound>,
    attributes: Attributes,
  ) {
    this.instrument = instrument;
    this.attributes = attributes;
  }

  of(error: string | undefined): Bound {
    let bound = this.byError.get(error);
    if (bound === undefined) {
      const attributes = error === undefined ? this.attributes : { ...this.attributes, 'error.type': error };
      bound = lazyBind(this.instrument, attributes);
      this.byError.set(error, bound);
    }
    return bound();
  }
}

/** Keys in a cache. Others are looked up by their attributes each time. */
const MAX_CACHED_KEYS = 1000;

/** Series by a client's own names, which can be without end, and by attributes, which are not. */
export class SeriesCache<Series> {
  private readonly byKey = new Map<string, Series>();
  private readonly byAttributes = new Map<string, Series>();
  private readonly make: (attributes: OperationAttributes) => Series;

  constructor(make: (attributes: OperationAttributes) => Series) {
    this.make = make;
  }

  get(key: string, attributesOf: () => OperationAttributes): Series {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const attributes = attributesOf();
    const identity = JSON.stringify(attributes);
    let series = this.byAttributes.get(identity);
    if (series === undefined) {
      series = this.make(attributes);
      this.byAttributes.set(identity, series);
    }
    if (this.byKey.size < MAX_CACHED_KEYS) this.byKey.set(key, series);
    return series;
  }
}
