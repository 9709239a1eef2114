import type { MeterProvider } from '@opentelemetry/api';
import type { SourceName } from '../../config/sources.ts';

/** An automatic source of metrics. What it needs is loaded by `start`, and so only when it is chosen. */
export interface Source {
  readonly name: SourceName;
  /** Packages it must see when the application imports them. Built-in modules need not be named. */
  readonly packages: readonly string[];
  /** The metrics of an official instrumentation that this source records too. */
  readonly replaces?: { readonly scope: string; readonly metrics: readonly string[] };
  /**
   * Begins to record and returns what ends that. The caller reports an error that it throws.
   *
   * @param measuring called when the source measures: at once, or when the application has loaded the package. From
   *   then on the official instrumentation exports nothing of what `replaces` names, so that exactly one records.
   */
  start(meterProvider: MeterProvider, measuring?: () => void): () => void;
}
