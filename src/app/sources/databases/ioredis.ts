import { safely } from '../../../base/safely.ts';
import { isAutomaticPipeline } from '../../foreign/ioredis-pipeline.ts';
import {
  isMethod,
  isObject,
  type Method,
  replaceMethod,
  type Undo,
  undoAll,
} from '../../patching/replace-method.ts';
import { operationKind } from './operation-kind.ts';
import { type OperationSeries, type Target, Targets } from './target.ts';

/** A command of ioredis, or a pipeline. ioredis calls these functions at its end. */
interface Settled {
  resolve: unknown;
  reject: unknown;
}

interface Command extends Settled {
  readonly name: string;
}

interface Pipeline extends Settled {
  readonly redis: unknown;
  readonly _queue: readonly object[];
  readonly _transactions: number;
}

/** A client for one server, or for a cluster; a cluster has no `host` and no `condition`. */
interface Client {
  readonly status?: unknown;
  readonly options?: {
    readonly host?: unknown;
    readonly port?: unknown;
    readonly path?: unknown;
    readonly db?: unknown;
    readonly sentinels?: unknown;
  };
  readonly condition?: { readonly select?: unknown } | null;
}

/**
 * Redis by ioredis. The source wraps the methods that send commands. The official instrumentation has no metrics.
 * ioredis 5.11 and later publish tracing channels, but pitot does not use them, for two reasons. ioredis does not
 * publish commands that never reach the server, so an outage would be invisible. And while the channels have a
 * listener, ioredis handles every rejection, so rejections that the application forgot to handle would no longer
 * surface.
 *
 * - An operation is a command, by its name, or all commands of a `MULTI` or `PIPELINE` together. Commands that ioredis
 *   itself puts into a pipeline (`enableAutoPipelining`) stay single commands. The time starts when ioredis first sends
 *   the command, or queues it because there is no connection.
 * - The commands by which ioredis itself sets up a connection are not operations.
 * - `db.namespace` is the number of the selected database. `error.type` is the first word of Redis' reply, such as
 *   `WRONGTYPE`. For an error that did not come from the server it is the error's code or class, such as
 *   `MaxRetriesPerRequestError`. A batch gets the error of its first failed command.
 * - Clients of a cluster or of sentinels have no `server.address`, because ioredis does not report the server.
 */
export function hookIoredis({ exports }: { readonly exports: unknown }): Undo {
  if (!isMethod(exports)) throw new TypeError('expected the class Redis');
  const { Cluster, Pipeline } = exports as { readonly Cluster?: unknown; readonly Pipeline?: unknown };
  const undo = [
    replaceMethod(prototypeOf(exports), 'sendCommand', measuredSend),
    replaceMethod(prototypeOf(Cluster), 'sendCommand', measuredSend),
    replaceMethod(prototypeOf(Pipeline), 'exec', measuredExec),
  ];
  return undoAll(undo);
}

function prototypeOf(type: unknown): unknown {
  return isMethod(type) ? type.prototype : undefined;
}

const targets = new Targets('redis');
/** The commands that ioredis itself sends before a connection is ready. Some of them fail on older servers. */
const SETUP: ReadonlySet<string> = new Set(['auth', 'client', 'hello', 'info', 'readonly', 'select']);
/** Commands and pipelines seen so far. ioredis sends one again after a redirection or a lost connection. */
const known = new WeakSet<object>();

function measuredSend(original: Method): Method {
  return function sendCommand(this: unknown, ...args) {
    safely('a command of ioredis', () => {
      const [command] = args;
      if (!isCommand(command) || known.has(command)) return;
      known.add(command);
      if (SETUP.has(command.name) && (this as Client).status === 'connect') return;
      const series = targetOf(this).begin(operationKind(command.name.toUpperCase()));
      if (series !== undefined) follow(command, series, () => undefined);
    });
    return Reflect.apply(original, this, args);
  };
}

function measuredExec(original: Method): Method {
  return function exec(this: unknown, ...args) {
    safely('a pipeline of ioredis', () => {
      if (!isPipeline(this) || isAutomaticPipeline(this)) return;
      // Replaces them again for a transaction, whose `EXEC` was added meanwhile.
      for (const command of this._queue) known.add(command);
      if (known.has(this)) return;
      known.add(this);
      const name = this._transactions > 0 ? 'MULTI' : 'PIPELINE';
      const series = targetOf(this.redis).begin(operationKind(name));
      if (series !== undefined) follow(this, series, firstError);
    });
    return Reflect.apply(original, this, args);
  };
}

/**
 * Records the end of a command or pipeline, once. It replaces the functions of the command instead of adding a handler
 * to its promise, because a handler would hide a rejection that the application does not handle.
 *
 * @param errorIn returns the error that a result contains, if any
 */
function follow(settled: Settled, series: OperationSeries, errorIn: (result: unknown) => unknown): void {
  const startedAt = performance.now();
  const { resolve, reject } = settled;
  if (!isMethod(resolve) || !isMethod(reject)) return;
  let hasEnded = false;
  const end = (error: unknown) => {
    if (hasEnded) return;
    hasEnded = true;
    if (error === undefined) series.succeed(startedAt);
    else series.fail(startedAt, error);
  };
  settled.resolve = function (this: unknown, ...args: unknown[]) {
    const answer = Reflect.apply(resolve, this, args);
    end(errorIn(args[0]));
    return answer;
  };
  settled.reject = function (this: unknown, ...args: unknown[]) {
    end(args[0] ?? 'rejected');
    return Reflect.apply(reject, this, args);
  };
}

/** The result of a pipeline is a list with an error and a reply for each command. */
function firstError(result: unknown): unknown {
  if (!Array.isArray(result)) return undefined;
  const failed = result.find((one) => Array.isArray(one) && one[0] instanceof Error);
  return failed?.[0];
}

function targetOf(client: unknown): Target {
  const { options, condition } = isObject(client) ? (client as Client) : {};
  const isOneServer = options?.host !== undefined && !options.sentinels;
  const address = options?.path ?? (isOneServer ? options.host : undefined);
  const database = condition?.select ?? options?.db;
  return targets.of(database === undefined ? undefined : String(database), address, options?.port);
}

function isCommand(value: unknown): value is Command {
  return (
    isObject(value) &&
    'name' in value &&
    typeof value.name === 'string' &&
    'resolve' in value &&
    'reject' in value
  );
}

function isPipeline(value: unknown): value is Pipeline {
  return isObject(value) && '_queue' in value && Array.isArray(value._queue) && '_transactions' in value;
}
