import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;

/** A database. Statements are those that PostgreSQL and SQLite both understand, with `$1` for the first parameter. */
export interface Store {
  query(sql: string, ...values: Value[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** One batch, so that it is either done or not. */
export const SCHEMA = `
  CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL);
  CREATE TABLE schemes (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE scripts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, bytes INTEGER NOT NULL);
  CREATE TABLE tasks (id TEXT PRIMARY KEY, name TEXT NOT NULL, input TEXT, status TEXT NOT NULL);
  INSERT INTO schemes VALUES (1, 'default'), (2, 'strict');
`;

/** Opens a PostgreSQL by its URL, or an SQLite by the name of its file. Measured without a change: see docs/databases.md. */
export function openStore(database: string): Store {
  return database.startsWith('postgres') ? openPostgres(database) : openSqlite(database);
}

/** For a file that all processes of the service open. */
export function temporaryDatabase(): string {
  return join(mkdtempSync(join(tmpdir(), 'admin-')), 'admin.sqlite');
}

function openPostgres(connectionString: string): Store {
  const pool = new pg.Pool({ connectionString, max: 5, connectionTimeoutMillis: 2000 });
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => {});
  return {
    query: async (sql, ...values) =>
      (await pool.query<Row>(sql, values.length > 0 ? values : undefined)).rows,
    close: () => pool.end(),
  };
}

function openSqlite(file: string): Store {
  const database = new DatabaseSync(file, { timeout: 5000 });
  database.exec('PRAGMA journal_mode = WAL');
  return {
    async query(sql, ...values) {
      if (sql.includes(';')) {
        database.exec(sql);
        return [];
      }
      return database.prepare(sql.replaceAll('$', '?')).all(...values) as unknown as Row[];
    },
    close: async () => database.close(),
  };
}
