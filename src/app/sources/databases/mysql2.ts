import type { Subscribers } from '../channel.ts';
import { operationKind } from './operation-kind.ts';
import { sqlKinds } from './sql.ts';
import { Targets } from './target.ts';
import { recordingOf } from './tracing-channel.ts';

/** The message that mysql2 publishes for an operation. */
interface Context {
  readonly query: unknown;
  readonly database: unknown;
  readonly serverAddress: unknown;
  readonly serverPort: unknown;
  readonly result?: unknown;
}

const CONNECT = operationKind('CONNECT');
const kindOf = sqlKinds({ backslashEscapes: true });
const targets = new Targets('mysql');

/**
 * MySQL and MariaDB, by the tracing channels of mysql2 3.20 and later. The source patches nothing and does not measure
 * an older mysql2. The official instrumentation has no metrics.
 *
 * - An operation is one `query()` or `execute()` of a connection or of a pool. The time that a pool's operation waits
 *   for a connection does not count.
 * - A failed attempt to connect is an operation `CONNECT`, because the statement is not known at that point.
 * - `db.namespace` is the database that the connection was opened with. `error.type` is mysql2's code, such as
 *   `ER_DUP_ENTRY` or `ECONNREFUSED`.
 *
 * While these channels have a listener, mysql2 handles the error of a query that has neither a callback nor an `error`
 * listener. Without a listener on the channels it closes the connection.
 */
export function mysql2Subscribers(channel: string): Subscribers {
  if (channel === 'mysql2:connect') {
    return recordingOf(channel, { begin: (context) => targetOf(context).begin(CONNECT), onlyFailures: true });
  }
  return recordingOf(channel, {
    begin: (context) => {
      const { query } = context as Context;
      return typeof query === 'string' ? targetOf(context).begin(kindOf(query)) : undefined;
    },
    rows: rowsOf,
  });
}

function targetOf(context: object) {
  const { database, serverAddress, serverPort } = context as Context;
  return targets.of(database, serverAddress, serverPort);
}

/** A procedure, or a text of several statements, returns several results. Some of them may be rows. */
function rowsOf(context: object): number | undefined {
  const { query, result } = context as Context;
  if (!Array.isArray(result) || typeof query !== 'string') return undefined;
  const { operation } = kindOf(query);
  return operation === 'CALL' || operation.startsWith('BATCH') ? undefined : result.length;
}
