import { type DatabaseServer, startDatabaseServer } from './database-server.ts';
import type { Lifetime } from './lifetime.ts';
import { program } from './programs.ts';

/** Starts a Redis of its own, which keeps nothing when it ends. */
export function startRedis(lifetime: Lifetime): Promise<DatabaseServer> {
  return startDatabaseServer(lifetime, {
    name: 'redis',
    user: 'redis',
    command: program('redis-server'),
    args: (_folder, port) => [
      '--bind',
      '127.0.0.1',
      '--port',
      String(port),
      '--save',
      '',
      '--appendonly',
      'no',
    ],
    ready: /Ready to accept connections/i,
  });
}
