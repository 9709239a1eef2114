import { createHash, randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';

/** The owner of a key. Only the owner has the key itself. */
export interface Tenant {
  readonly name: string;
  /** Whether metrics show the tenant's name. */
  readonly isNamed: boolean;
  readonly requestsPerMinute: number;
}

/** Boundaries of the distribution of durations that the database counts. */
export const ANSWER_SECONDS = [1, 10] as const;

const SCHEMA = `
  CREATE TABLE keys (
    hash TEXT PRIMARY KEY, tenant TEXT NOT NULL, is_named INTEGER NOT NULL,
    requests_per_minute INTEGER NOT NULL, is_revoked INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE models (name TEXT PRIMARY KEY, type TEXT NOT NULL);
  CREATE TABLE answers (hash TEXT NOT NULL REFERENCES keys, model TEXT NOT NULL, seconds REAL NOT NULL);
  INSERT INTO models VALUES ('parrot-1', 'chat'), ('parrot-2', 'chat'), ('magpie-1', 'embeddings');
`;

/** The gateway's database. It stores digests of keys, and no key. */
export class Keys {
  private readonly db = new DatabaseSync(':memory:');

  constructor() {
    this.db.exec(SCHEMA);
  }

  /** Returns the new key. It cannot be retrieved again. */
  create({ name, isNamed, requestsPerMinute }: Tenant): string {
    const key = `sk-${randomUUID()}`;
    this.db
      .prepare('INSERT INTO keys (hash, tenant, is_named, requests_per_minute) VALUES (?, ?, ?, ?)')
      .run(digest(key), name, isNamed ? 1 : 0, requestsPerMinute);
    return key;
  }

  revoke(key: string): void {
    this.db.prepare('UPDATE keys SET is_revoked = 1 WHERE hash = ?').run(digest(key));
  }

  /** The key's tenant; undefined for an unknown or a revoked key. */
  find(key: string): Tenant | undefined {
    const row = this.db.prepare('SELECT * FROM keys WHERE hash = ? AND is_revoked = 0').get(digest(key));
    if (row === undefined) return undefined;
    return {
      name: String(row.tenant),
      isNamed: row.is_named === 1,
      requestsPerMinute: Number(row.requests_per_minute),
    };
  }

  offers(model: unknown): boolean {
    return this.db.prepare('SELECT 1 FROM models WHERE name = ?').get(String(model)) !== undefined;
  }

  noteAnswer(key: string, model: string, seconds: number): void {
    this.db.prepare('INSERT INTO answers VALUES (?, ?, ?)').run(digest(key), model, seconds);
  }

  /** The number of active and of revoked keys. */
  counts(): { state: 'active' | 'revoked'; keys: number }[] {
    const rows = this.db.prepare('SELECT is_revoked, count(*) AS keys FROM keys GROUP BY is_revoked').all();
    return rows.map((row) => ({
      state: row.is_revoked === 1 ? 'revoked' : 'active',
      keys: Number(row.keys),
    }));
  }

  modelsByType(): { type: string; models: number }[] {
    const rows = this.db.prepare('SELECT type, count(*) AS models FROM models GROUP BY type').all();
    return rows.map((row) => ({ type: String(row.type), models: Number(row.models) }));
  }

  /** The number of answers by named tenant; all other tenants are added up. */
  answersByTenant(): { tenant: string; answers: number }[] {
    const rows = this.db
      .prepare(
        `SELECT CASE WHEN is_named THEN tenant ELSE 'others' END AS tenant, count(*) AS answers
         FROM answers JOIN keys USING (hash) GROUP BY 1`,
      )
      .all();
    return rows.map((row) => ({ tenant: String(row.tenant), answers: Number(row.answers) }));
  }

  /** How long all answers took, by model: their number in each bucket of {@link ANSWER_SECONDS}, and their sum. */
  answerDurations(): { model: string; counts: number[]; sum: number }[] {
    const [fast, slow] = ANSWER_SECONDS;
    const rows = this.db
      .prepare(
        `SELECT model, sum(seconds) AS sum,
           sum(CASE WHEN seconds <= ${fast} THEN 1 ELSE 0 END) AS fast,
           sum(CASE WHEN seconds > ${fast} AND seconds <= ${slow} THEN 1 ELSE 0 END) AS slow,
           sum(CASE WHEN seconds > ${slow} THEN 1 ELSE 0 END) AS slower
         FROM answers GROUP BY model`,
      )
      .all();
    return rows.map(({ model, sum, fast, slow, slower }) => ({
      model: String(model),
      counts: [Number(fast), Number(slow), Number(slower)],
      sum: Number(sum),
    }));
  }

  close(): void {
    this.db.close();
  }
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
