import { join } from 'node:path';
import { startChild } from './child.ts';
import { type DatabaseServer, startDatabaseServer } from './database-server.ts';
import { freePorts } from './free-port.ts';
import type { Lifetime } from './lifetime.ts';
import { program } from './programs.ts';

/** Starts a RabbitMQ of its own, with the user `guest` and its password. */
export async function startRabbitmq(lifetime: Lifetime): Promise<DatabaseServer> {
  const [names, distribution] = await freePorts(2);
  // Otherwise RabbitMQ starts one that outlives it.
  await startChild(lifetime, program('epmd'), { args: ['-port', String(names), '-address', '127.0.0.1'] });
  const environment = (folder: string, port: number) => ({
    HOME: folder,
    ERL_EPMD_PORT: names,
    RABBITMQ_NODENAME: 'pitot@localhost',
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: port,
    RABBITMQ_DIST_PORT: distribution,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // No file of Debian's package.
    RABBITMQ_CONFIG_FILE: join(folder, 'none'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'none'),
  });
  return startDatabaseServer(lifetime, {
    name: 'rabbitmq',
    user: 'rabbitmq',
    command: 'env',
    args: (folder, port) => [
      ...Object.entries(environment(folder, port)).map(([name, value]) => `${name}=${value}`),
      program('rabbitmq-server'),
    ],
    ready: /Server startup complete/,
    // About ten seconds on a machine that does nothing else.
    patience: 60_000,
  });
}
