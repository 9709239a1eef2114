import type { MeterProvider } from '@opentelemetry/api';
import type { SourceName } from '../../config/sources.ts';
import { reportFailure } from './failure.ts';
import type { NativeHttpOptions } from './http/options.ts';
import { watchImports } from './imports.ts';
import type { RuntimeOptions } from './runtime-node.ts';
import type { Source } from './source.ts';
import { type HttpChoice, sourcesBy } from './sources.ts';

export interface InstrumentationsOptions {
  /** The sources to start. */
  readonly chosen: readonly SourceName[];
  /** Where the sources record. */
  readonly meterProvider: MeterProvider;
  readonly http: HttpChoice;
  /** For `http: 'native'`. */
  readonly native?: NativeHttpOptions;
  readonly runtime?: RuntimeOptions;
  /** From now on exports none of these metrics of the scope. */
  readonly silence?: (scope: string, metrics: readonly string[]) => void;
}

export interface Instrumentations {
  /** The sources that were started. */
  readonly names: readonly SourceName[];
  /** Ends recording, and restores the modules that were patched. */
  stop(): void;
}

/**
 * Starts the chosen automatic sources. Call it before the application loads: a source sees only packages
 * that are loaded later.
 *
 * Never throws. It reports a source that fails with one `diag.error` and starts the others.
 */
export function startInstrumentations(options: InstrumentationsOptions): Instrumentations {
  const { chosen, meterProvider, http, native = {}, silence } = options;
  const { runtime = { hasPromClientNames: false } } = options;
  const sources = sourcesBy(http, native, runtime);
  const started: { readonly name: SourceName; readonly stop: () => void }[] = [];

  for (const source of watched(chosen.flatMap((name) => sources[name] ?? []))) {
    const { name, replaces } = source;
    try {
      const measuring = () => replaces && silence?.(replaces.scope, replaces.metrics);
      started.push({ name, stop: source.start(meterProvider, measuring) });
    } catch (error) {
      reportFailure(name, error);
    }
  }

  return {
    names: started.map(({ name }) => name),
    stop: () => {
      for (const { name, stop } of started) {
        try {
          stop();
        } catch (error) {
          reportFailure(name, error);
        }
      }
    },
  };
}

/** Watches the imports of the sources' packages. Returns the sources that can start. */
function watched(chosen: readonly Source[]): readonly Source[] {
  const packages = chosen.flatMap((source) => source.packages);
  if (packages.length === 0) return chosen;
  try {
    watchImports(packages);
    return chosen;
  } catch (error) {
    for (const { name } of chosen.filter((source) => source.packages.length > 0)) reportFailure(name, error);
    return chosen.filter((source) => source.packages.length === 0);
  }
}
