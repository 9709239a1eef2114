import { BoundedValues } from '../../base/bounded-values.ts';
import { safely } from '../../base/safely.ts';
import { databaseMetrics } from './database-metrics.ts';
import { type Status, stateSet } from './state-set.ts';

/** `disconnected`: it has lost its connection and means to have it back; `closed`: it does not. */
export type DatabaseState = 'connecting' | 'connected' | 'disconnected' | 'closed';

/** Which client of a database has the status. */
export interface DatabaseClientOptions {
  /** `db.system.name`, as for an operation. */
  readonly system: string;
  /** `db.client.name`, where a service has several clients of one system. */
  readonly name?: string | undefined;
  /** The state that it is in now; none of them unless told otherwise. */
  readonly state?: DatabaseState | undefined;
}

const STATES: readonly DatabaseState[] = ['connecting', 'connected', 'disconnected', 'closed'];

export const systems = new BoundedValues('db.system.name', /^[a-z][a-z0-9_.]{0,63}$/);
const names = new BoundedValues('db.client.name', /^[^\s'"(),;=]{1,128}$/);

/** See `database.client`. */
export function databaseClient(options: DatabaseClientOptions): Status<DatabaseState> {
  const given = safely('database.client', () => {
    const { system, name, state } = options;
    const client = {
      'db.system.name': systems.admit(system),
      ...(name !== undefined && { 'db.client.name': names.admit(name) }),
    };
    return { client, state };
  });
  const status = stateSet('database.client', STATES, (value, state) => {
    if (given !== undefined)
      databaseMetrics.status.record(value, { ...given.client, 'db.client.state': state });
  });
  if (given?.state !== undefined) status.set(given.state);
  return status;
}
