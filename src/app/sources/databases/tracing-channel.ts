import { safely } from '../../../base/safely.ts';
import type { Subscribers } from '../channel.ts';
import type { OperationSeries } from './target.ts';

/** How to record the operations that a driver publishes. */
export interface Follower {
  /** The series in which to record an operation that begins now; undefined for one that is not measured. */
  readonly begin: (context: object) => OperationSeries | undefined;
  /** The number of rows that a successful operation returned; undefined if unknown. */
  readonly rows?: (context: object) => number | undefined;
  /** Whether to record only failures. */
  readonly onlyFailures?: boolean;
}

/** Records the operations that a driver publishes on a tracing channel. */
export function recordingOf(name: string, { begin, rows, onlyFailures = false }: Follower): Subscribers {
  const begun = new WeakMap<object, { readonly series: OperationSeries; readonly startedAt: number }>();
  const what = `an operation on the channel ${name}`;
  return {
    start(context) {
      safely(what, () => {
        const series = begin(context);
        if (series !== undefined) begun.set(context, { series, startedAt: performance.now() });
      });
    },
    error(context) {
      safely(what, () => {
        const operation = begun.get(context);
        begun.delete(context);
        operation?.series.fail(operation.startedAt, Reflect.get(context, 'error'));
      });
    },
    // Also runs after an error, and before the application has the result.
    asyncStart(context) {
      if (onlyFailures) return;
      safely(what, () => {
        const operation = begun.get(context);
        begun.delete(context);
        operation?.series.succeed(operation.startedAt, rows?.(context));
      });
    },
    end() {},
    asyncEnd() {},
  };
}
