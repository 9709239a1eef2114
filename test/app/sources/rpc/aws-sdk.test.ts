import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, test } from 'node:test';
import type * as Sdk from '@aws-sdk/client-dynamodb';
import { awsSdk } from '../../../../src/app/sources/rpc/sources.ts';
import { measureCalls } from './helpers/calls.ts';
import { failure, startDynamodb } from './helpers/dynamodb-server.ts';

const measured = measureCalls(awsSdk);
const sdk = createRequire(import.meta.url)('@aws-sdk/client-dynamodb') as typeof Sdk;
const { DynamoDB, DynamoDBClient, GetItemCommand, ListTablesCommand, paginateListTables } = sdk;

afterEach(() => measured.counted('client'));

const ITEM = { TableName: 'users', Key: { id: { S: '1' } } };

/** Options of a client. */
function options(endpoint?: string): Sdk.DynamoDBClientConfig {
  return {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    ...(endpoint !== undefined && { endpoint }),
  };
}

test('a command counts once, by service and operation, with the endpoint that the client was given', async (t) => {
  const { endpoint, port } = await startDynamodb(t, () => [200, { Item: { id: { S: '1' } } }]);
  const client = new DynamoDBClient(options(endpoint));
  t.after(() => client.destroy());
  for (let i = 0; i < 3; i++) {
    const { Item } = await client.send(new GetItemCommand(ITEM));
    assert.deepEqual(Item, { id: { S: '1' } });
  }
  assert.deepEqual(await measured.counted('client'), { 'DynamoDB/GetItem': 3 });
  assert.deepEqual(
    (await measured.series('client')).filter((one) => one['server.port'] === port),
    [
      {
        'rpc.system.name': 'aws-api',
        'rpc.method': 'DynamoDB/GetItem',
        'server.address': '127.0.0.1',
        'server.port': port,
      },
    ],
  );
});

test('methods of the client, callbacks, pages and waiters are counted by the commands that they send', async (t) => {
  const { endpoint, requests } = await startDynamodb(t, (operation, { ExclusiveStartTableName: start }) => {
    if (operation === 'DescribeTable') return [200, { Table: { TableStatus: 'ACTIVE' } }];
    return [200, start ? { TableNames: ['b'] } : { TableNames: ['a'], LastEvaluatedTableName: 'a' }];
  });
  const client = new DynamoDB(options(endpoint));
  t.after(() => client.destroy());
  await client.listTables({});
  await new Promise<void>((resolve, reject) => {
    client.listTables({}, (error: unknown) => (error ? reject(error) : resolve()));
  });
  await new Promise<void>((resolve, reject) => {
    client.send(new ListTablesCommand({}), {}, (error) => (error ? reject(error) : resolve()));
  });
  const tables: string[] = [];
  for await (const page of paginateListTables({ client }, {})) tables.push(...(page.TableNames ?? []));
  assert.deepEqual(tables, ['a', 'b']);
  await sdk.waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName: 'a' });
  assert.deepEqual(await measured.counted('client'), {
    'DynamoDB/ListTables': 5,
    'DynamoDB/DescribeTable': 1,
  });
  assert.equal(requests.length, 6);
});

test('the code of an error that the service replied with is the status and error.type', async (t) => {
  const { endpoint } = await startDynamodb(t, () => failure('ResourceNotFoundException'));
  const client = new DynamoDBClient(options(endpoint));
  t.after(() => client.destroy());
  await assert.rejects(client.send(new GetItemCommand(ITEM)), { name: 'ResourceNotFoundException' });
  const failed = await new Promise((resolve) => {
    client.send(new GetItemCommand(ITEM), (error: unknown) => resolve(error));
  });
  assert.ok(failed instanceof sdk.ResourceNotFoundException);
  assert.deepEqual(await measured.counted('client'), { 'DynamoDB/GetItem ResourceNotFoundException !': 2 });
});

test('an error that did not come from the service has no status', async (t) => {
  const { endpoint } = await startDynamodb(t, () => 'nothing');
  const silent = new DynamoDBClient({
    ...options(endpoint),
    maxAttempts: 1,
    requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true },
  });
  t.after(() => silent.destroy());
  await assert.rejects(silent.send(new GetItemCommand(ITEM)), { name: 'TimeoutError' });
  const abortSignal = AbortSignal.abort();
  await assert.rejects(silent.send(new GetItemCommand(ITEM), { abortSignal }), { name: 'AbortError' });
  const absent = new DynamoDBClient({ ...options('http://127.0.0.1:1'), maxAttempts: 1 });
  await assert.rejects(absent.send(new GetItemCommand(ITEM)), { code: 'ECONNREFUSED' });
  assert.deepEqual(await measured.counted('client'), {
    'DynamoDB/GetItem !ETIMEDOUT': 1,
    'DynamoDB/GetItem !AbortError': 1,
    'DynamoDB/GetItem !ECONNREFUSED': 1,
  });
});

test('a call with several attempts is one call', async (t) => {
  const { endpoint, requests } = await startDynamodb(t, (_operation, _input, count) =>
    count < 3 ? [500, { __type: 'InternalServerError' }] : [200, {}],
  );
  const client = new DynamoDBClient(options(endpoint));
  t.after(() => client.destroy());
  const { $metadata } = await client.send(new GetItemCommand(ITEM));
  assert.equal($metadata.attempts, 3);
  assert.equal(requests.length, 3);
  assert.deepEqual(await measured.counted('client'), { 'DynamoDB/GetItem': 1 });
});

test('without an endpoint the address is that of the service in the region', async () => {
  const client = new DynamoDBClient({
    ...options(),
    maxAttempts: 1,
    requestHandler: { handle: () => Promise.reject(new TypeError('there is no network')) },
  });
  await assert.rejects(client.send(new GetItemCommand(ITEM)), /there is no network/);
  assert.deepEqual(await measured.countedOf('client', 1), { 'DynamoDB/GetItem !TypeError': 1 });
  const [there] = (await measured.series('client')).filter((one) => one['error.type'] === 'TypeError');
  assert.equal(there?.['server.address'], 'dynamodb.eu-west-1.amazonaws.com');
  assert.equal(there?.['server.port'], 443);
});

test('an endpoint that the environment names is the address', async (t) => {
  const { endpoint, port } = await startDynamodb(t, () => [200, {}]);
  process.env.AWS_ENDPOINT_URL_DYNAMODB = endpoint;
  t.after(() => void delete process.env.AWS_ENDPOINT_URL_DYNAMODB);
  const client = new DynamoDBClient(options());
  t.after(() => client.destroy());
  await client.send(new GetItemCommand(ITEM));
  assert.deepEqual(await measured.counted('client'), { 'DynamoDB/GetItem': 1 });
  assert.ok((await measured.series('client')).some((one) => one['server.port'] === port));
});

test('a call that fails for want of a region counts without an address', async (t) => {
  for (const [name, value] of [
    ['AWS_CONFIG_FILE', '/dev/null'],
    ['AWS_REGION', undefined],
  ] as const) {
    const before = process.env[name];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
  const { region, ...rest } = options();
  assert.ok(region);
  await assert.rejects(new DynamoDBClient(rest).send(new GetItemCommand(ITEM)), /[Rr]egion/);
  await measured.countedOf('client', 1);
  const [failed] = (await measured.series('client')).filter((one) => one['server.address'] === undefined);
  assert.equal(failed?.['rpc.method'], 'DynamoDB/GetItem');
  assert.equal(failed?.['rpc.status_code'], undefined);
});

test('a rejection that the application does not handle is reported as without pitot', async (t) => {
  const { endpoint } = await startDynamodb(t, () => failure('ResourceNotFoundException'));
  const client = new DynamoDBClient(options(endpoint));
  t.after(() => client.destroy());
  const listeners = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  t.after(() => {
    for (const listener of listeners) process.on('unhandledRejection', listener);
  });
  const reported = new Promise((resolve) => process.once('unhandledRejection', resolve));
  void client.send(new GetItemCommand(ITEM));
  assert.ok((await reported) instanceof sdk.ResourceNotFoundException);
});

test('when the source stops, the SDK is as it was', async (t) => {
  measured.stop();
  const { endpoint } = await startDynamodb(t, () => [200, {}]);
  const client = new DynamoDBClient(options(endpoint));
  t.after(() => client.destroy());
  await client.send(new GetItemCommand(ITEM));
  assert.deepEqual(await measured.counted('client'), {});
});
