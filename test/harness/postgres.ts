import { join } from 'node:path';
import { type DatabaseServer, startDatabaseServer } from './database-server.ts';
import type { Lifetime } from './lifetime.ts';
import { program } from './programs.ts';

/** Starts a PostgreSQL of its own, with the user `postgres` and no password, and settings such as `work_mem=8MB`. */
export function startPostgres(lifetime: Lifetime, settings: readonly string[] = []): Promise<DatabaseServer> {
  return startDatabaseServer(lifetime, {
    name: 'postgres',
    user: 'postgres',
    prepare: (folder, run) => {
      run(program('initdb'), [
        '-D',
        join(folder, 'data'),
        '-U',
        'postgres',
        '-A',
        'trust',
        '--no-sync',
        '--no-locale',
      ]);
    },
    command: program('postgres'),
    args: (folder, port) => [
      ...['-D', join(folder, 'data'), '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories=', '-c', 'fsync=off'],
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    ready: /database system is ready to accept connections/,
  });
}
