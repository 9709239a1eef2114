import { DiagLogLevel, diag, metrics } from '@opentelemetry/api';
import { readConfig } from './config/config.ts';
import { formatFaults } from './config/faults.ts';
import type { BootOptions, Config } from './config/settings.ts';
import { flushAtExit } from './exit.ts';
import { Hub } from './hub/hub.ts';
import type { Endpoint } from './hub/messages.ts';
import { startInstrumentations } from './instrumentations/instrumentations.ts';
import { stderrLogger } from './log.ts';
import { recorder } from './record/global.ts';

/** A running pitot. */
export interface Pitot {
  /** Where the endpoint listens; `undefined` when it is off or could not be opened (an error said why). */
  ready(): Promise<Endpoint | undefined>;
  /** Forwards what was recorded, for at most `PITOT_FLUSH_TIMEOUT`, and closes the endpoint. */
  shutdown(): Promise<void>;
}

const IDLE: Pitot = { ready: async () => undefined, shutdown: async () => {} };

let running: Pitot | undefined;

/**
 * Starts pitot in this process: settings become the recorder, the hub and the automatic sources. A second
 * call returns what the first one started. Faults in settings are reported together, each with what is
 * used instead; nothing is thrown.
 */
export function boot(options: BootOptions = {}): Pitot {
  running ??= start(options);
  return running;
}

function start(options: BootOptions): Pitot {
  const { config, faults } = readConfig(options, process.env);
  diag.setLogger(stderrLogger, { logLevel: DiagLogLevel[config.logLevel], suppressOverrideMessage: true });
  if (faults.length > 0) diag.warn(formatFaults(faults));
  if (config.disabled) return IDLE;
  register(config);
  const { names, stop } = startInstrumentations({
    enabled: config.enabledInstrumentations,
    disabled: config.disabledInstrumentations,
    meterProvider: recorder,
  });
  const hub = new Hub(config, recorder, names);
  const forget = flushAtExit(hub, config);
  return {
    ready: () => hub.ready(),
    async shutdown() {
      stop();
      forget();
      await hub.stop(config.flushTimeout);
    },
  };
}

/** Makes the recorder the API's MeterProvider, unless the application has another. */
function register(config: Config): void {
  recorder.limitSeries(config.seriesLimit);
  if (metrics.getMeterProvider() === recorder) return;
  if (metrics.setGlobalMeterProvider(recorder)) return;
  diag.warn(
    'pitot: another MeterProvider is registered with the OpenTelemetry API; instruments of the application go ' +
      'to that one. Start pitot first (node --import pitot/instrumentation) to have them here.',
  );
}
