import { join } from 'node:path';
import { type DatabaseServer, startDatabaseServer } from './database-server.ts';
import type { Lifetime } from './lifetime.ts';
import { program } from './programs.ts';

/** Starts a MariaDB of its own, with the user `root` and no password. */
export function startMariadb(lifetime: Lifetime): Promise<DatabaseServer> {
  return startDatabaseServer(lifetime, {
    name: 'mariadb',
    user: 'mysql',
    prepare: (folder, run) => {
      run(program('mariadb-install-db'), [
        ...['--no-defaults', `--datadir=${join(folder, 'data')}`, '--skip-test-db'],
        '--auth-root-authentication-method=normal',
      ]);
    },
    command: program('mariadbd'),
    args: (folder, port) => [
      ...['--no-defaults', `--datadir=${join(folder, 'data')}`, `--socket=${join(folder, 'socket')}`],
      ...['--bind-address=127.0.0.1', `--port=${port}`, '--innodb-flush-log-at-trx-commit=0'],
    ],
    ready: /ready for connections/,
  });
}
