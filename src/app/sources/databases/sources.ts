import type { Source } from '../source.ts';
import { betterSqlite3 } from './better-sqlite3.ts';
import { ioredis } from './ioredis.ts';
import { mongodb } from './mongodb.ts';
import { mysql2 } from './mysql2.ts';
import { nodeSqlite } from './node-sqlite.ts';
import { pg } from './pg.ts';
import { redis } from './redis.ts';

/** The automatic sources for databases: a driver, a file, a line. */
export const databaseSources: readonly Source[] = [
  pg,
  mysql2,
  mongodb,
  redis,
  ioredis,
  betterSqlite3,
  nodeSqlite,
];
