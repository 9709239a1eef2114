import { once } from 'node:events';
import type { handleUnaryCall } from '@grpc/grpc-js';

/**
 * One workload for each automatic source, with little other work: the overhead of a source shows most beside the
 * cheapest operation of the library.
 */

/** Performs the operation so many times, one after the other. */
export type Work = (times: number) => Promise<void>;

export interface Workload {
  /** The name in the setting. */
  readonly source: string;
  /** One operation, for the table. */
  readonly operation: string;
  /** The server that the workload needs; the benchmark starts it. */
  readonly server: 'postgres' | 'mariadb' | 'mongodb' | 'redis' | 'http' | undefined;
  /** Loads the library and connects to the server's port. */
  begin(port: number): Promise<Work>;
}

const repeating =
  (operation: () => Promise<unknown>): Work =>
  async (times) => {
    for (let i = 0; i < times; i++) await operation();
  };

const PETS = "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO pets VALUES (1, 'Rex')";

export const workloads: Readonly<Record<string, Workload>> = {
  'node:sqlite': {
    source: 'node-sqlite',
    operation: 'prepared SELECT of one row, in memory',
    server: undefined,
    async begin() {
      const { DatabaseSync } = await import('node:sqlite');
      const database = new DatabaseSync(':memory:');
      database.exec(PETS);
      const statement = database.prepare('SELECT name FROM pets WHERE id = ?');
      return async (times) => {
        for (let i = 0; i < times; i++) statement.get(1);
      };
    },
  },
  'better-sqlite3': {
    source: 'better-sqlite3',
    operation: 'prepared SELECT of one row, in memory',
    server: undefined,
    async begin() {
      const { default: Database } = await import('better-sqlite3');
      const database = new Database(':memory:');
      database.exec(PETS);
      const statement = database.prepare('SELECT name FROM pets WHERE id = ?');
      return async (times) => {
        for (let i = 0; i < times; i++) statement.get(1);
      };
    },
  },
  pg: {
    source: 'pg',
    operation: 'SELECT 1',
    server: 'postgres',
    async begin(port) {
      const { default: pg } = await import('pg');
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
      await client.connect();
      return repeating(() => client.query('SELECT 1'));
    },
  },
  mysql2: {
    source: 'mysql2',
    operation: 'SELECT 1',
    server: 'mariadb',
    async begin(port) {
      const { createConnection } = await import('mysql2/promise');
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' });
      return repeating(() => connection.query('SELECT 1'));
    },
  },
  mongodb: {
    source: 'mongodb',
    operation: 'find one, answered by a script',
    server: 'mongodb',
    async begin(port) {
      const { MongoClient } = await import('mongodb');
      const client = await new MongoClient(`mongodb://127.0.0.1:${port}/shop`).connect();
      const users = client.db().collection('users');
      return repeating(() => users.findOne({ name: 'Rex' }));
    },
  },
  redis: {
    source: 'redis',
    operation: 'GET',
    server: 'redis',
    async begin(port) {
      const { createClient } = await import('redis');
      const client = createClient({ url: `redis://127.0.0.1:${port}` });
      await client.connect();
      return repeating(() => client.get('key'));
    },
  },
  ioredis: {
    source: 'ioredis',
    operation: 'GET',
    server: 'redis',
    async begin(port) {
      const { Redis } = await import('ioredis');
      const client = new Redis(port, '127.0.0.1');
      return repeating(() => client.get('key'));
    },
  },
  'node:http client': {
    source: 'http',
    operation: 'GET, kept alive, of two bytes',
    server: 'http',
    async begin(port) {
      const { Agent, get } = await import('node:http');
      const agent = new Agent({ keepAlive: true });
      const once = () =>
        new Promise<void>((resolve, reject) => {
          get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', resolve)).on(
            'error',
            reject,
          );
        });
      return repeating(once);
    },
  },
  fetch: {
    source: 'http',
    operation: 'GET, kept alive, of two bytes',
    server: 'http',
    begin: async (port) =>
      repeating(async () => {
        const response = await fetch(`http://127.0.0.1:${port}/`);
        await response.text();
      }),
  },
  '@grpc/grpc-js': {
    source: 'grpc',
    operation: 'unary call of one byte, both ends in the process',
    server: undefined,
    async begin() {
      const { credentials, makeClientConstructor, Server, ServerCredentials } = await import('@grpc/grpc-js');
      const identity = (bytes: Buffer) => bytes;
      const get = {
        ...{ path: '/shop.Orders/Get', requestStream: false, responseStream: false },
        ...{ requestSerialize: identity, requestDeserialize: identity },
        ...{ responseSerialize: identity, responseDeserialize: identity },
      };
      const server = new Server();
      const answer: handleUnaryCall<Buffer, Buffer> = ({ request }, callback) => callback(null, request);
      server.addService({ get }, { get: answer });
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
          error ? reject(error) : resolve(bound),
        );
      });
      const Orders = makeClientConstructor({ get }, 'Orders');
      const client = new Orders(`127.0.0.1:${port}`, credentials.createInsecure());
      const body = Buffer.from('a');
      return repeating(
        () =>
          new Promise<void>((resolve, reject) => {
            client.makeUnaryRequest(get.path, identity, identity, body, (error) =>
              error ? reject(error) : resolve(),
            );
          }),
      );
    },
  },
  'AWS SDK': {
    source: 'aws-sdk',
    operation: 'command of DynamoDB, answered in memory',
    server: undefined,
    async begin() {
      const { DynamoDBClient, ListTablesCommand } = await import('@aws-sdk/client-dynamodb');
      const response = { statusCode: 200, headers: {}, body: new TextEncoder().encode('{}') };
      const client = new DynamoDBClient({
        region: 'eu-west-1',
        credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
        requestHandler: { handle: () => Promise.resolve({ response }) },
      });
      return repeating(() => client.send(new ListTablesCommand({})));
    },
  },
  graphql: {
    source: 'graphql',
    operation: 'execution of one field',
    server: undefined,
    async begin() {
      const { buildSchema, execute, parse } = await import('graphql');
      const schema = buildSchema('type Query { hello: String }');
      const document = parse('query Hello { hello }');
      const rootValue = { hello: 'hello' };
      return async (times) => {
        for (let i = 0; i < times; i++) execute({ schema, document, rootValue });
      };
    },
  },
  ws: {
    source: 'ws',
    operation: 'text message that a server sends back, both ends in the process',
    server: undefined,
    async begin() {
      const { WebSocket, WebSocketServer } = await import('ws');
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/live' });
      server.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
      await once(server, 'listening');
      const address = server.address();
      if (typeof address !== 'object' || address === null) throw new Error('expected a port');
      const client = new WebSocket(`ws://127.0.0.1:${address.port}/live`);
      await once(client, 'open');
      return repeating(() => {
        client.send('{"kind":"ping"}');
        return once(client, 'message');
      });
    },
  },
};
