import { errorType } from '../../base/error-type.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { contractOf } from '../../contract/contract.ts';
import { adviceOf } from '../define/advice.ts';
import { errorMetrics, type Severity } from '../instruments/errors.ts';
import { replaceMethod, type Undo } from '../patching/replace-method.ts';
import type { Source } from './source.ts';

type Origin = 'uncaught_exception' | 'unhandled_rejection' | 'process_warning';
type Count = (type: string, severity: Severity, origin: Origin) => void;

/** The warning about a rejection. `unhandledRejection` has already counted that rejection. */
const REJECTION_WARNING = 'UnhandledPromiseRejectionWarning';

/**
 * Unhandled errors, in `application.errors` by `application.error.origin`: exceptions, rejections, and warnings of
 * the process. An exception or a rejection is `fatal`, or an `error` where the application has a listener that
 * keeps the process alive. A warning is a `warn`.
 *
 * This source never changes what an error does to the process. It listens where listening has no effect:
 * `uncaughtExceptionMonitor` and `warning`. A listener for `unhandledRejection` would keep the process alive, so
 * the source watches `process.emit` instead, which Node.js calls in every mode of `--unhandled-rejections`, with or
 * without a listener.
 */
export const errors: Source = {
  name: 'errors',
  packages: [],
  start(meterProvider) {
    const count = counterOf(meterProvider);
    const rejections = new Rejections((reason, isSurvived) => {
      safely('an unhandled rejection', () => {
        count(errorType(reason), isSurvived ? 'error' : 'fatal', 'unhandled_rejection');
      });
    });
    const onException = (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => {
      if (origin === 'unhandledRejection') rejections.raised(error);
      else {
        safely('an uncaught exception', () => {
          count(errorType(error), isSurvivable() ? 'error' : 'fatal', 'uncaught_exception');
        });
      }
    };
    const onWarning = ({ name }: Error) => {
      if (name === REJECTION_WARNING) return;
      safely('a warning of the process', () => count(errorType(name), 'warn', 'process_warning'));
    };
    process.on('uncaughtExceptionMonitor', onException);
    process.on('warning', onWarning);
    const stopWatching = watchEmit('unhandledRejection', (reason, isHandled) => {
      rejections.emitted(reason, isHandled);
    });
    return () => {
      process.off('uncaughtExceptionMonitor', onException);
      process.off('warning', onWarning);
      stopWatching();
    };
  },
};

/**
 * Counts each rejection once. By default Node.js emits it and, without a listener, raises it as an exception. In the
 * mode `strict` Node.js raises it and, when a listener handled that, emits it. Other modes only emit it.
 */
class Rejections {
  private readonly count: (reason: unknown, isSurvived: boolean) => void;
  private last: 'emitted' | 'raised' | undefined;

  constructor(count: (reason: unknown, isSurvived: boolean) => void) {
    this.count = count;
  }

  emitted(reason: unknown, isHandled: boolean): void {
    if (this.last !== 'raised') this.count(reason, isHandled || isSurvivable());
    this.last = this.last === 'raised' || isHandled ? undefined : 'emitted';
  }

  raised(reason: unknown): void {
    if (this.last !== 'emitted') this.count(reason, isSurvivable());
    this.last = this.last === 'emitted' ? undefined : 'raised';
  }
}

/** Whether the process survives an unhandled exception. */
function isSurvivable(): boolean {
  return process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
}

/** Calls `seen` after each emission of the event, with its first argument and whether the event had a listener. */
function watchEmit(event: string, seen: (argument: unknown, isHandled: boolean) => void): Undo {
  return replaceMethod(process, 'emit', (original) => {
    return function emit(this: unknown, ...args) {
      if (args[0] !== event) return Reflect.apply(original, this, args);
      // A listener that throws has handled the event in its own way.
      let isHandled = true;
      try {
        isHandled = Boolean(Reflect.apply(original, this, args));
        return isHandled;
      } finally {
        seen(args[1], isHandled);
      }
    };
  });
}

/** The counter of `errors` in `pitot/instruments`, of the provider that sources record to. */
function counterOf(meterProvider: Parameters<Source['start']>[0]): Count {
  const metric = contractOf(errorMetrics)?.metrics[0];
  if (metric === undefined) throw new Error('application.errors is not declared');
  const { name, unit, description } = metric;
  const meter = meterProvider.getMeter(INSTRUMENTS_SCOPE.name, INSTRUMENTS_SCOPE.version);
  const counter = meter.createCounter(name, { unit, description, advice: adviceOf(metric) });
  return (type, severity, origin) => {
    counter.add(1, {
      'error.type': type,
      'application.error.severity': severity,
      'application.error.origin': origin,
    });
  };
}
