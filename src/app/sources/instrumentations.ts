import type { MeterProvider } from '@opentelemetry/api';
import { reportFailure } from './failure.ts';
import type { NativeHttpOptions } from './http/options.ts';
import { watchImports } from './imports.ts';
import type { Source } from './source.ts';
import { type HttpChoice, sourcesWith, type WebSocketChoice, webSocketSources } from './sources.ts';

export interface InstrumentationsOptions {
  /** Names of the only sources to start; undefined for all of them. A name nobody bears is passed over. */
  readonly enabled: readonly string[] | undefined;
  /** Names of sources that are not started, even where `enabled` names them. */
  readonly disabled: readonly string[] | undefined;
  /** Where the sources record. */
  readonly meterProvider: MeterProvider;
  readonly http: HttpChoice;
  /** For `http: 'native'`. */
  readonly native?: NativeHttpOptions;
  /** None unless they are named, for what the application measures by hand would be counted twice. */
  readonly webSockets?: readonly WebSocketChoice[];
}

export interface Instrumentations {
  /** The sources that were started. */
  readonly names: readonly string[];
  /** Ends recording. Modules that were patched are as they were before. */
  stop(): void;
}

/**
 * Starts the chosen automatic sources. To be called before the application loads: a source sees a
 * package only when it is loaded afterwards.
 *
 * Never throws. A source that fails is reported by one `diag.error`, and the others are started.
 */
export function startInstrumentations(options: InstrumentationsOptions): Instrumentations {
  const { enabled, disabled, meterProvider, http, native = {}, webSockets = [] } = options;
  const chosen = [
    ...sourcesWith(http, native).filter(
      ({ name }) => (enabled === undefined || enabled.includes(name)) && !disabled?.includes(name),
    ),
    ...webSocketSources(webSockets),
  ];
  const started: { readonly name: string; readonly stop: () => void }[] = [];

  for (const { name, start } of watched(chosen)) {
    try {
      started.push({ name, stop: start(meterProvider) });
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

/** The sources that can be started once the imports of their packages are watched. */
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
