import { createRequire } from 'node:module';
import { join } from 'node:path';
import { safely } from '../../../base/safely.ts';
import type { LoadedPackage } from '../../patching/loading.ts';
import { isObject, type Method, replaceMethod, type Undo, undoAll } from '../../patching/replace-method.ts';
import { whenSettled } from '../settled.ts';
import { hookPools } from './mongodb-pools.ts';
import { operationKind } from './operation-kind.ts';
import { type OperationSeries, type Target, Targets } from './target.ts';

/** The properties of the driver's operations. Each operation has some of them. */
interface Operation {
  readonly commandName?: unknown;
  readonly command?: unknown;
  readonly ns?: { readonly db?: unknown; readonly collection?: unknown };
  readonly collectionName?: unknown;
  readonly collection?: { readonly collectionName?: unknown };
  readonly collectionNamespace?: { readonly collection?: unknown };
  readonly target?: unknown;
}

interface Client {
  readonly options?: {
    readonly hosts?: readonly {
      readonly host?: unknown;
      readonly port?: unknown;
      readonly socketPath?: unknown;
    }[];
    readonly srvHost?: unknown;
  };
}

/**
 * MongoDB. The source wraps the one function of the driver that runs every operation. The driver's own command
 * monitoring would report nothing about a server that cannot be found, and decodes each reply twice. The official
 * instrumentation has a metric of connections only.
 *
 * - An operation is a command, by its name: `find`, and `getMore` for each further batch of a cursor. Its time includes
 *   the driver's search for a server and its retries. The commands by which the driver itself ends sessions and
 *   cursors are operations too.
 * - `db.namespace` is the database. `error.type` is MongoDB's code, such as `11000`. For an error that did not come
 *   from the server it is the error's class, such as `MongoServerSelectionError`.
 * - `server.address` is present when the client was created for one server, or for one name of a cluster.
 */
export function hookMongodb({ exports, folder }: LoadedPackage): Undo {
  const load = createRequire(join(folder, 'package.json'));
  const MongoClient: unknown = isObject(exports) ? Reflect.get(exports, 'MongoClient') : undefined;
  return undoAll([
    replaceMethod(load('./lib/operations/execute_operation.js'), 'executeOperation', measuredExecution),
    hookPools(MongoClient),
  ]);
}

const targets = new Targets('mongodb');
/** Commands for the database itself go to this collection. */
const NO_COLLECTION = '$cmd';

function measuredExecution(original: Method): Method {
  return function executeOperation(this: unknown, ...args) {
    const series = safely('an operation of mongodb', () => begin(args[0], args[1]));
    const startedAt = performance.now();
    const result = Reflect.apply(original, this, args);
    if (series === undefined) return result;
    // Only the driver awaits this promise.
    const settled = whenSettled(
      result,
      () => series.succeed(startedAt),
      (error) => series.fail(startedAt, error),
    );
    return settled ?? result;
  };
}

function begin(client: unknown, operation: unknown): OperationSeries | undefined {
  const name = isObject(operation) ? nameOf(operation) : undefined;
  if (!isObject(operation) || typeof name !== 'string') return undefined;
  // An operation without a namespace is not a command: it consists of others, like `insertMany` in mongodb 6.
  if (!isObject((operation as Operation).ns)) return undefined;
  return targetOf(client, operation).begin(operationKind(name, collectionOf(operation)));
}

/** The first key of a command that the application composed itself is its name. */
function nameOf({ commandName, command }: Operation): unknown {
  return commandName === 'runCommand' && isObject(command) ? Object.keys(command)[0] : commandName;
}

function collectionOf({
  ns,
  collectionName,
  collection,
  collectionNamespace,
  target,
}: Operation): string | undefined {
  const own = ns?.collection === NO_COLLECTION ? undefined : ns?.collection;
  const candidates = [
    own,
    collectionName,
    collection?.collectionName,
    collectionNamespace?.collection,
    target,
  ];
  return candidates.find(
    (candidate): candidate is string => typeof candidate === 'string' && candidate !== '',
  );
}

function targetOf(client: unknown, { ns }: Operation): Target {
  const { hosts = [], srvHost } = (isObject(client) ? (client as Client).options : undefined) ?? {};
  const [first, ...others] = hosts;
  if (first === undefined || others.length > 0) return targets.of(ns?.db, srvHost, undefined);
  return targets.of(
    ns?.db,
    srvHost ?? first.socketPath ?? first.host,
    srvHost === undefined ? first.port : undefined,
  );
}
