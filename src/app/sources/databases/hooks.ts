/** The code that measures the drivers: a file of its own in the build. `sources.ts` and `node-sqlite.ts` load it. */
export { hookBetterSqlite3 } from './better-sqlite3.ts';
export { hookIoredis } from './ioredis.ts';
export { hookMongodb } from './mongodb.ts';
export { mysql2Subscribers } from './mysql2.ts';
export { hookNodeSqlite } from './node-sqlite-methods.ts';
export { hookPg } from './pg.ts';
export { redisSubscribers } from './redis.ts';
