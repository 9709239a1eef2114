import type { MeterProvider } from '@opentelemetry/api';
import type { SourceName } from '../../config/sources.ts';

/** An automatic source of metrics. `start` loads its dependencies, so a source that is not chosen loads nothing. */
export interface Source {
  readonly name: SourceName;
  /** Packages that the source must see when the application imports them. Built-in modules need no entry. */
  readonly packages: readonly string[];
  /** The metrics of an official instrumentation that this source records too. */
  readonly replaces?: { readonly scope: string; readonly metrics: readonly string[] };
  /**
   * Begins to record and returns a function that ends recording. If it throws, the caller reports the error.
   *
   * @param measuring called when the source measures: at once, or when the application has loaded the package. From
   *   then on the official instrumentation does not export the metrics in `replaces`, so that exactly one records.
   */
  start(meterProvider: MeterProvider, measuring?: () => void): () => void;
}
