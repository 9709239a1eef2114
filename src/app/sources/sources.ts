import type { SourceName } from '../../config/sources.ts';
import { betterSqlite3 } from './databases/better-sqlite3.ts';
import { ioredis } from './databases/ioredis.ts';
import { mongodb } from './databases/mongodb.ts';
import { mysql2 } from './databases/mysql2.ts';
import { nodeSqlite } from './databases/node-sqlite.ts';
import { pg } from './databases/pg.ts';
import { redis } from './databases/redis.ts';
import { errors } from './errors.ts';
import { graphql } from './graphql/graphql.ts';
import { hostMetrics } from './host-metrics.ts';
import { nativeHttp } from './http/native-http.ts';
import type { NativeHttpOptions } from './http/options.ts';
import { amqplib } from './messaging/amqplib.ts';
import { kafkajs } from './messaging/kafkajs.ts';
import { express } from './official/express.ts';
import { http } from './official/http.ts';
import { awsSdk } from './rpc/aws-sdk.ts';
import { grpc } from './rpc/grpc.ts';
import { type RuntimeOptions, runtimeNode } from './runtime-node.ts';
import type { Source } from './source.ts';
import { socketIo, ws } from './websockets/sources.ts';

/** The way to measure HTTP: pitot's own source, the official packages, or none. */
export type HttpChoice = 'native' | 'official' | 'off';

/** The sources under this choice of HTTP. pitot's own source covers Express, so that name then has no source. */
export function sourcesBy(
  choice: HttpChoice,
  native: NativeHttpOptions,
  runtime: RuntimeOptions,
): Readonly<Record<SourceName, Source | undefined>> {
  return {
    http: { native: nativeHttp(native), official: http, off: undefined }[choice],
    express: choice === 'official' ? express : undefined,
    pg,
    mysql2,
    mongodb,
    redis,
    ioredis,
    'better-sqlite3': betterSqlite3,
    'node-sqlite': nodeSqlite,
    grpc,
    'aws-sdk': awsSdk,
    graphql,
    amqplib,
    kafkajs,
    ws,
    'socket.io': socketIo,
    errors,
    'runtime-node': runtimeNode(runtime),
    'host-metrics': hostMetrics,
  };
}
