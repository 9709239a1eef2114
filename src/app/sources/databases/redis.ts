import type { Subscribers } from '../channel.ts';
import { operationKind } from './operation-kind.ts';
import { Targets } from './target.ts';
import { recordingOf } from './tracing-channel.ts';

/** The message that node-redis publishes for a command, or for several. */
interface Context {
  readonly command?: unknown;
  readonly batchMode?: unknown;
  readonly database?: unknown;
  readonly serverAddress: unknown;
  readonly serverPort: unknown;
}

const CONNECT = operationKind('CONNECT');
const targets = new Targets('redis');

/**
 * Redis by node-redis (`redis`, `@redis/client`), by the tracing channels of 5.12 and later. The source patches nothing
 * and does not measure an older node-redis. The official instrumentation has no metrics.
 *
 * - An operation is a command, by its name, or all commands of a `MULTI` or `PIPELINE` together. The time starts when
 *   the application calls the command, so it includes waiting for a connection.
 * - A `connect()` that fails is an operation `CONNECT`.
 * - `db.namespace` is the number of the selected database. `error.type` is the first word of Redis' reply, such as
 *   `WRONGTYPE`. For an error that did not come from the server it is the error's code or class.
 */
export function redisSubscribers(channel: string): Subscribers {
  if (channel === 'node-redis:connect') {
    return recordingOf(channel, { begin: (context) => targetOf(context).begin(CONNECT), onlyFailures: true });
  }
  if (channel === 'node-redis:batch') {
    return recordingOf(channel, { begin: (context) => beginNamed(context, (context as Context).batchMode) });
  }
  return recordingOf(channel, {
    begin: (context) => {
      const { command, batchMode } = context as Context;
      return batchMode === undefined ? beginNamed(context, command) : undefined;
    },
  });
}

function beginNamed(context: object, name: unknown) {
  return typeof name === 'string' ? targetOf(context).begin(operationKind(name)) : undefined;
}

function targetOf(context: object) {
  const { database, serverAddress, serverPort } = context as Context;
  return targets.of(database === undefined ? undefined : String(database), serverAddress, serverPort);
}
