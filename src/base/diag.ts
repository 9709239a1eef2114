import { type DiagLogger, DiagLogLevel } from '@opentelemetry/api';

type Level = keyof DiagLogger;

interface Sink {
  readonly logger: DiagLogger;
  readonly level: DiagLogLevel;
}

/** All copies of the package in a thread write to one logger: a bundle may hold a copy besides the installed one. */
const KEY = Symbol.for('pitot.diag');
const shared = globalThis as { [KEY]?: Sink };

/**
 * pitot's own diagnostics, with the interface of `diag` of the OpenTelemetry API. The API's `diag` belongs to the
 * application: pitot neither replaces the application's logger nor puts its name before the messages of other libraries.
 * Silent until a logger is set, which `boot()` does.
 */
export const diag = {
  setLogger(logger: DiagLogger, options: { readonly logLevel?: DiagLogLevel } = {}): void {
    shared[KEY] = { logger, level: options.logLevel ?? DiagLogLevel.INFO };
  },
  disable(): void {
    delete shared[KEY];
  },
  error: writerOf('error', DiagLogLevel.ERROR),
  warn: writerOf('warn', DiagLogLevel.WARN),
  info: writerOf('info', DiagLogLevel.INFO),
  debug: writerOf('debug', DiagLogLevel.DEBUG),
  verbose: writerOf('verbose', DiagLogLevel.VERBOSE),
} as const;

function writerOf(level: Level, least: DiagLogLevel): DiagLogger[Level] {
  return (message, ...parts) => {
    const sink = shared[KEY];
    if (sink !== undefined && sink.level >= least) sink.logger[level](message, ...parts);
  };
}
