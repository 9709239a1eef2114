import type { SourceName } from '../../config/sources.ts';
import { nodeSqlite } from './databases/node-sqlite.ts';
import { betterSqlite3, ioredis, mongodb, mysql2, pg, redis } from './databases/sources.ts';
import { errors } from './errors.ts';
import { graphql } from './graphql/sources.ts';
import { hostMetrics } from './host-metrics.ts';
import { nativeHttp } from './http/native-http.ts';
import type { NativeHttpOptions } from './http/options.ts';
import { amqplib, kafkajs } from './messaging/sources.ts';
import { express } from './official/express.ts';
import { http } from './official/http.ts';
import { awsSdk, grpc } from './rpc/sources.ts';
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
