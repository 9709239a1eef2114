import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import pg from 'pg';
import type { DatabaseServer } from '../harness/database-server.ts';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { startMariadb } from '../harness/mariadb.ts';
import { startPostgres } from '../harness/postgres.ts';
import { skipWithout } from '../harness/programs.ts';
import { select } from '../harness/samples.ts';
import { startScriptedMongodb } from '../harness/scripted-mongodb.ts';
import { inherited, startService } from '../harness/service.ts';
import { until } from '../harness/until.ts';
import { installedBesidePitot } from './helpers/installed.ts';

/*
 * ORMs as installed packages. Each program inserts three pets, asks for pets twice, changes one, deletes one, inserts
 * one again, which is refused, and has two transactions, the second of which is undone. What pitot counts is compared
 * with the server's own record of what it was sent, so nothing is missed and nothing is counted twice.
 */

const PROGRAMS = join(import.meta.dirname, 'programs/orms');
const PACKAGES = [
  ...['knex@3.3.0', 'sequelize@6.37.8', 'typeorm@1.1.1', 'pg@8.23.1', 'mysql2@3.24.5', 'mongoose@9.12.1'],
  ...['prisma@7.10.0', '@prisma/client@7.10.0', '@prisma/adapter-pg@7.10.0'],
];

/** Counts by operation, collection and error. */
type Counts = Readonly<Record<string, number>>;

/** The application's own operations. An ORM adds others for transactions and for new connections. */
function asked(refusal: string, table = 'pets'): Counts {
  return {
    'CREATE TABLE pets': 1,
    [`INSERT ${table}`]: 5,
    [`INSERT ${table} ${refusal}`]: 1,
    [`SELECT ${table}`]: 3,
    [`UPDATE ${table}`]: 1,
    [`DELETE ${table}`]: 1,
    COMMIT: 1,
    ROLLBACK: 1,
  };
}

const UNIQUE_VIOLATION = '23505';
const ON_POSTGRES: Readonly<Record<string, Counts>> = {
  knex: { ...asked(UNIQUE_VIOLATION), BEGIN: 2, SELECT: 1 },
  sequelize: { ...asked(UNIQUE_VIOLATION), START: 2, SELECT: 1, 'BATCH SET': 2 },
  typeorm: { ...asked(UNIQUE_VIOLATION), START: 2, SELECT: 2 },
  prisma: { ...asked(UNIQUE_VIOLATION, 'public.pets'), BEGIN: 2 },
};

const ON_MARIADB: Readonly<Record<string, Counts>> = {
  knex: { ...asked('ER_DUP_ENTRY'), BEGIN: 2, SELECT: 1 },
  sequelize: { ...asked('ER_DUP_ENTRY'), START: 2, SELECT: 1, SET: 2 },
  typeorm: { ...asked('ER_DUP_ENTRY'), START: 2, SELECT: 1 },
};

const ON_MONGODB: Counts = {
  'insert pets': 5,
  'insert pets 11000': 1,
  'find pets': 3,
  'update pets': 1,
  'delete pets': 1,
  commitTransaction: 1,
  abortTransaction: 1,
  endSessions: 1,
};

describe('ORMs are counted once, through their drivers', { timeout: 300_000 }, () => {
  let folder: string;
  before(async () => {
    folder = await installedBesidePitot(PACKAGES);
    await cp(PROGRAMS, folder, { recursive: true });
    await generatePrismaClient(folder);
  });

  describe('with PostgreSQL', { skip: skipWithout('postgres', 'initdb') }, () => {
    const lifetime = lifetimeOfSuite();
    let server: DatabaseServer;
    let client: pg.Client;
    before(async () => {
      server = await startPostgres(lifetime, ['log_statement=all', 'log_line_prefix=<%d> ']);
      client = new pg.Client(urlOf('postgres'));
      await client.connect();
      lifetime.after(() => client.end());
    });

    for (const [orm, expected] of Object.entries(ON_POSTGRES)) {
      test(`${orm}: each statement is an operation`, async (t) => {
        await client.query(`CREATE DATABASE ${orm}`);
        const counted = await run(t, orm, urlOf(orm));
        assert.deepEqual(counted, expected);
        const last = `${orm} has come to its end`;
        await client.query(`SELECT '${last}'`);
        await until(() => server.log.includes(last), { what: 'the whole log' });
        assertSent(counted, statementsIn(server.log, orm));
      });
    }

    const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${server.port}/${database}`;
  });

  describe('with MariaDB', { skip: skipWithout('mariadbd', 'mariadb-install-db') }, () => {
    const lifetime = lifetimeOfSuite();
    let server: DatabaseServer;
    let connection: Connection;
    before(async () => {
      server = await startMariadb(lifetime);
      connection = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' });
      lifetime.after(() => connection.end());
      await connection.query("SET GLOBAL log_output = 'TABLE'");
      await connection.query('SET GLOBAL general_log = ON');
    });

    for (const [orm, expected] of Object.entries(ON_MARIADB)) {
      test(`${orm}: each statement is an operation`, async (t) => {
        await connection.query(`CREATE DATABASE ${orm}`);
        await connection.query('TRUNCATE mysql.general_log');
        const counted = await run(t, orm, `mysql://root@127.0.0.1:${server.port}/${orm}`);
        assert.deepEqual(counted, expected);
        const [rows] = await connection.query<RowDataPacket[]>(
          `SELECT CONVERT(argument USING utf8mb4) AS statement FROM mysql.general_log
           WHERE command_type IN ('Query', 'Execute') AND thread_id <> CONNECTION_ID()`,
        );
        assertSent(
          counted,
          rows.map(({ statement }) => statement),
        );
      });
    }
  });

  test('mongoose: each command is an operation', async (t) => {
    const sent: string[] = [];
    const mongodb = await startScriptedMongodb(t, (command) => {
      const [name = ''] = Object.keys(command);
      sent.push(name);
      if (name === 'find') return { ok: 1, cursor: { ns: 'shop.pets', id: 0n, firstBatch: [] } };
      const isRefused = name === 'insert' && sent.filter((one) => one === name).length === 4;
      if (!isRefused) return { ok: 1, n: 1 };
      return { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key' }] };
    });
    const counted = await run(t, 'mongoose', `mongodb://127.0.0.1:${mongodb.port}/shop`);
    assert.deepEqual(counted, ON_MONGODB);
    assertSent(counted, sent);
  });

  async function run(t: Lifetime, orm: string, url: string): Promise<Counts> {
    const service = await startService(t, {
      nodeArgs: ['--import', 'pitot/instrumentation'],
      args: [`${orm}.mjs`],
      cwd: folder,
      env: { DATABASE_URL: url },
    });
    await service.line(/^all done$/);
    const { samples } = await service.scrape();
    return Object.fromEntries(
      select(samples, 'db_client_operation_duration_seconds_count').map(({ labels, value }) => {
        const { db_operation_name, db_collection_name, error_type } = labels;
        return [[db_operation_name, db_collection_name, error_type].filter(Boolean).join(' '), value];
      }),
    );
  }
});

/** Prisma looks for a program that it would download, and that it does not need to generate its client. */
async function generatePrismaClient(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(folder, 'node_modules/.bin/prisma'), 'generate'], {
    cwd: folder,
    env: { ...inherited(), PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  });
}

/** The first line of each statement that was sent to the database, whether or not it was refused. */
function statementsIn(log: string, database: string): readonly string[] {
  const line = new RegExp(`^<${database}> LOG: +(?:statement|execute [^:]*): (.*)$`, 'gm');
  return [...log.matchAll(line)].map(([, statement = '']) => statement);
}

/** As many operations of each kind as the server was sent. The one `WITH` here, of Sequelize, leads to a `SELECT`. */
function assertSent(counted: Counts, sent: readonly string[]): void {
  const operations = Object.entries(counted).flatMap(([operation, count]) =>
    Array<string>(count).fill(operation.replace(/^BATCH /, '')),
  );
  const statements = sent.map((statement) => statement.replace(/^WITH /, 'SELECT '));
  assert.deepEqual(firstWords(operations), firstWords(statements));
}

function firstWords(texts: readonly string[]): readonly string[] {
  return texts.map((text) => /\w+/.exec(text)?.[0].toUpperCase() ?? text).toSorted();
}
