import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { database } from 'pitot/instruments';
import type { FinishedRun, Run } from './engine.ts';

type Row = Record<string, SQLOutputValue>;

const SCHEMA = `
  CREATE TABLE runs (id TEXT PRIMARY KEY, org TEXT NOT NULL, workflow TEXT NOT NULL, outcome TEXT);
  CREATE TABLE nodes (run TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL);
`;

/** Thrown if the id of a new run is taken. */
export class DuplicateRunError extends Error {}

/** The service's storage: an SQLite database in memory, for the life of the process. */
export class Store {
  private readonly db = new DatabaseSync(':memory:');

  constructor() {
    this.db.exec(SCHEMA);
  }

  addRun({ id, org, workflow }: Run): void {
    try {
      this.change(
        'INSERT',
        'runs',
        'INSERT INTO runs (id, org, workflow) VALUES (?, ?, ?)',
        id,
        org,
        workflow,
      );
    } catch (error) {
      const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
      if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_CONSTRAINT_PRIMARYKEY) {
        throw new DuplicateRunError(`there is a run ${id} already`);
      }
      throw error;
    }
  }

  addNode(run: string, position: number, name: string): void {
    this.change('INSERT', 'nodes', 'INSERT INTO nodes VALUES (?, ?, ?)', run, position, name);
  }

  finishRun(id: string, outcome: FinishedRun['outcome']): void {
    this.change('UPDATE', 'runs', 'UPDATE runs SET outcome = ? WHERE id = ?', outcome, id);
  }

  runsOf(org: string): Row[] {
    return this.rows('runs', 'SELECT * FROM runs WHERE org = ? ORDER BY rowid DESC LIMIT 20', org);
  }

  run(org: string, id: string): Row | undefined {
    return this.rows('runs', 'SELECT * FROM runs WHERE org = ? AND id = ?', org, id)[0];
  }

  nodesOf(run: string): Row[] {
    return this.rows('nodes', 'SELECT name FROM nodes WHERE run = ? ORDER BY position', run);
  }

  outcomes(): Row[] {
    return this.rows('runs', 'SELECT outcome, count(*) AS runs FROM runs GROUP BY outcome');
  }

  close(): void {
    this.db.close();
  }

  /** The operation and the collection become labels; the statement and its values never do. */
  private change(operation: string, collection: string, sql: string, ...values: (string | number)[]): void {
    database.operation({ system: 'sqlite', operation, collection }, () => {
      this.db.prepare(sql).run(...values);
    });
  }

  private rows(collection: string, sql: string, ...values: string[]): Row[] {
    return database.operation({ system: 'sqlite', operation: 'SELECT', collection }, (measured) => {
      const rows = this.db.prepare(sql).all(...values);
      measured.rows(rows.length);
      return rows;
    });
  }
}
