import type {
  Counter as ApiCounter,
  Histogram as ApiHistogram,
  Meter as ApiMeter,
  UpDownCounter as ApiUpDownCounter,
  Attributes,
  Context,
  Observable,
} from '@opentelemetry/api';
import type { AdvisedOptions } from '../../model/advice.ts';

/*
 * The API for applications: the OpenTelemetry API, and the additions of pitot's instruments.
 */

/** A series of a counter or up-down counter: the instrument with its attributes already resolved. */
export interface BoundAdder {
  /** Adds `value` to the series. */
  add(value: number, context?: Context): void;
  /** Removes the series; the next `add` creates it anew. */
  remove(): void;
}

/** A series of a histogram or gauge: the instrument with its attributes already resolved. */
export interface BoundRecorder {
  /** Records `value` into the series. */
  record(value: number, context?: Context): void;
  /** Removes the series; the next `record` creates it anew. */
  remove(): void;
}

/** The additions of every synchronous instrument of pitot. */
export interface SeriesControl<A extends Attributes = Attributes> {
  /**
   * Removes the series with these attributes: pitot no longer exports it and reuses its memory. Values that were not
   * collected yet are lost. The next recording with these attributes creates the series anew, with a start time of
   * its own; bound forms stay usable.
   */
  remove(attributes?: A): void;
  /**
   * Reserves places for values of an attribute, besides those that are reserved already. A series whose values are
   * all reserved finds a place even past the limit, up to as many series again. For values that are few and known to
   * be good when they first occur, such as the routes of a router.
   */
  reserve<Name extends keyof A & string>(attribute: Name, values: Iterable<A[Name]>): void;
}

/** A counter of the OpenTelemetry API, with a bound form. */
export interface Counter<A extends Attributes = Attributes> extends ApiCounter<A>, SeriesControl<A> {
  /** The series with these attributes, for code that records often. */
  bind(attributes?: A): BoundAdder;
}

/** An up-down counter of the OpenTelemetry API, with a bound form. */
export interface UpDownCounter<A extends Attributes = Attributes>
  extends ApiUpDownCounter<A>,
    SeriesControl<A> {
  /** The series with these attributes, for code that records often. */
  bind(attributes?: A): BoundAdder;
}

/** A histogram of the OpenTelemetry API, with a bound form. */
export interface Histogram<A extends Attributes = Attributes> extends ApiHistogram<A>, SeriesControl<A> {
  /** The series with these attributes, for code that records often. */
  bind(attributes?: A): BoundRecorder;
}

/** A gauge of the OpenTelemetry API, with a bound form. The API's package has the type only from 1.9 on. */
export interface Gauge<A extends Attributes = Attributes> extends SeriesControl<A> {
  /** Records the latest value of the series with these attributes. */
  record(value: number, attributes?: A, context?: Context): void;
  /** The series with these attributes, for code that records often. */
  bind(attributes?: A): BoundRecorder;
}

/** Options of a histogram: those of every instrument, and exponential buckets. */
export interface HistogramOptions extends AdvisedOptions {
  advice?: AdvisedOptions['advice'] & {
    /** Base-2 exponential buckets, which find their own boundaries, instead of explicit ones. Default: false. */
    exponential?: boolean | undefined;
  };
}

/** A meter of the OpenTelemetry API whose synchronous instruments also have a bound form. */
export interface Meter extends ApiMeter {
  /** An instrument for values that only grow. */
  createCounter<A extends Attributes = Attributes>(name: string, options?: AdvisedOptions): Counter<A>;
  /** An instrument for values that grow and shrink. */
  createUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): UpDownCounter<A>;
  /**
   * An instrument for the distribution of values. Its boundaries come from `advice.explicitBucketBoundaries`, else
   * from the specification's default. Its buckets are exponential with `advice.exponential`, or where the settings
   * say so.
   */
  createHistogram<A extends Attributes = Attributes>(name: string, options?: HistogramOptions): Histogram<A>;
  /** An instrument for the latest value. */
  createGauge<A extends Attributes = Attributes>(name: string, options?: AdvisedOptions): Gauge<A>;
  /** An instrument for sums that callbacks report. */
  createObservableCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): Observable<A>;
  /** An instrument for sums that grow and shrink, and that callbacks report. */
  createObservableUpDownCounter<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): Observable<A>;
  /** An instrument for latest values that callbacks report. */
  createObservableGauge<A extends Attributes = Attributes>(
    name: string,
    options?: AdvisedOptions,
  ): Observable<A>;
}
