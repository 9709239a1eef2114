import { errorType } from '../../base/error-type.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { contractOf } from '../../contract/contract.ts';
import { adviceOf } from '../define/advice.ts';
import { errorMetrics, type Severity } from '../instruments/errors.ts';
import type { Source } from './source.ts';

type Origin = 'uncaught_exception' | 'unhandled_rejection' | 'process_warning';
type Count = (type: string, severity: Severity, origin: Origin) => void;

/** Says of a rejection that was counted already when it happened. */
const REJECTION_WARNING = 'UnhandledPromiseRejectionWarning';

/**
 * Errors that nobody handles, in `application.errors` by `application.error.origin`: exceptions, rejections,
 * and warnings of the process. An exception or rejection is `fatal`, or an `error` where the application
 * listens for those that nobody handles; a warning is a `warn`.
 *
 * It changes nothing of what they do to the process, and so listens where that is without consequence:
 * `uncaughtExceptionMonitor` and `warning`. A listener for `unhandledRejection` would have consequences;
 * whether there is one decides if the process goes on. Node.js tells of a rejection by `process.emit` in every
 * mode of `--unhandled-rejections`, whether or not somebody listens, and there it is seen.
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
 * Counts each rejection once. By default it is emitted and, when nobody listens, raised as an exception;
 * in the mode `strict` it is raised and, when that was handled, emitted. In other modes it is only emitted.
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

/** Whether the process goes on after an exception that nobody handles. */
function isSurvivable(): boolean {
  return process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
}

/**
 * Has `seen` called with the first argument of each such event of the process, and whether anybody listens
 * for it. Everything else is as it was. Returns what ends it.
 */
function watchEmit(event: string, seen: (argument: unknown, isHandled: boolean) => void): () => void {
  const before = Object.getOwnPropertyDescriptor(process, 'emit');
  const original = process.emit;
  let isWatching = true;
  const emit = function emit(this: unknown, ...args: unknown[]): unknown {
    if (!isWatching || args[0] !== event) return Reflect.apply(original, this, args);
    // A listener that throws has handled it, in its way.
    let isHandled = true;
    try {
      isHandled = Boolean(Reflect.apply(original, this, args));
      return isHandled;
    } finally {
      seen(args[1], isHandled);
    }
  };
  Object.defineProperty(process, 'emit', {
    value: emit,
    configurable: true,
    writable: true,
    enumerable: false,
  });
  return () => {
    isWatching = false;
    // Somebody else has put theirs over it since: then it stays, and hands on.
    if (Object.getOwnPropertyDescriptor(process, 'emit')?.value !== emit) return;
    if (before === undefined) Reflect.deleteProperty(process, 'emit');
    else Object.defineProperty(process, 'emit', before);
  };
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
