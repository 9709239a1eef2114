import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { LoadedPackage } from '../../patching/loading.ts';
import { isObject, type Undo, undoAll } from '../../patching/replace-method.ts';
import { measureGrpcClients } from './grpc-client.ts';
import { measureGrpcServers } from './grpc-server.ts';

/**
 * gRPC by `@grpc/grpc-js`, clients and servers, all four kinds of calls. The official instrumentation has no metrics.
 *
 * - A call of a client begins when the application makes it, and includes waiting for a connection, retries and
 *   interceptors. It ends with the status that the application gets.
 * - A call of a server begins with its headers. It ends with the status that the server sends, or as CANCELLED if the
 *   stream closes before.
 * - `server.address` and `server.port` are those of the target that the client was given.
 */
export function hookGrpc({ exports, folder }: LoadedPackage): Undo {
  const load = createRequire(join(folder, 'package.json'));
  const Server: unknown = isObject(exports) ? Reflect.get(exports, 'Server') : undefined;
  return undoAll([
    measureGrpcClients(load('./build/src/client-interceptors.js')),
    measureGrpcServers(load('./build/src/server-interceptors.js'), Server),
  ]);
}
