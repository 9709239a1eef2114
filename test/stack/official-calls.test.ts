import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Exposition } from '../harness/exposition.ts';
import { lifetimeOfSuite } from '../harness/lifetime.ts';
import { installOfficial, ORDERS, runWithPitot, spansWithoutPitot } from './helpers/official.ts';

/*
 * An application with gRPC, clients of the AWS SDK and GraphQL servers beside the official instrumentations of
 * OpenTelemetry, as installed packages, in every order of loading: each call makes the spans that it makes without pitot,
 * and counts once.
 */
const INSTRUMENTATIONS: readonly [era: string, packages: readonly string[]][] = [
  [
    'the newest',
    [
      ...official('grpc@0.300.0', 'aws-sdk@0.79.0', 'graphql@0.72.0'),
      ...[
        '@grpc/grpc-js@1.14',
        ...aws('client-dynamodb', 'lib-dynamodb', 'client-s3', 's3-request-presigner'),
      ],
      ...['graphql@16', '@apollo/server@5', 'graphql-yoga@5'],
    ],
  ],
  [
    'those beside SDK 2',
    [
      ...official('grpc@0.208.0', 'aws-sdk@0.64.1', 'graphql@0.56.0'),
      ...[
        '@grpc/grpc-js@1.11',
        ...aws('client-dynamodb', 'lib-dynamodb', 'client-s3', 's3-request-presigner'),
      ],
      ...['graphql@16.11', '@apollo/server@5', 'graphql-yoga@5'],
    ],
  ],
];

function official(...versions: readonly string[]): readonly string[] {
  return versions.map((version) => `@opentelemetry/instrumentation-${version}`);
}

function aws(...names: readonly string[]): readonly string[] {
  return names.map((name) => `@aws-sdk/${name}@3`);
}

/** Ten of each. Signing a URL is not a call. */
const CALLS = {
  rpc_server_call_duration_seconds_count: {
    'grpc shop.Orders/Fail NOT_FOUND': 10,
    'grpc shop.Orders/Get OK': 10,
    'grpc shop.Orders/List OK': 10,
  },
  rpc_client_call_duration_seconds_count: {
    'aws-api DynamoDB/GetItem': 10,
    'aws-api DynamoDB/ListTables': 10,
    'aws-api S3/GetObject': 10,
    'grpc shop.Orders/Fail NOT_FOUND': 10,
    'grpc shop.Orders/Get OK': 10,
    'grpc shop.Orders/List OK': 10,
  },
  pitot_graphql_operation_duration_seconds_count: {
    'query Apollo': 10,
    'query Plain': 10,
    'query Yoga': 10,
  },
  /** The requests of the AWS SDK remain requests. */
  http_client_request_duration_seconds_count: { 'GET 200': 10, 'POST 200': 20 },
};

describe('calls beside the official instrumentations', () => {
  const lifetime = lifetimeOfSuite();

  for (const [era, packages] of INSTRUMENTATIONS) {
    let folder: string;
    before(async () => {
      folder = await installOfficial(lifetime, 'calls', packages);
    });

    for (const app of ['app.cjs', 'app.mjs']) {
      let expected: unknown;

      test(`calls, ${era}, ${app}: without pitot, to compare with`, async (t) => {
        expected = await spansWithoutPitot(t, { folder, app });
        assert.ok(Object.keys(Object(expected)).length > 5, JSON.stringify(expected));
      });

      for (const { order, nodeArgs, isTraced } of ORDERS) {
        test(`calls, ${era}, ${app}, ${order}: as many spans as without pitot, and each call counts once`, async (t) => {
          const { spans, exposition } = await runWithPitot(t, { folder, app, nodeArgs });
          assert.deepEqual(spans, isTraced ? expected : {});
          assert.deepEqual(callsIn(exposition), CALLS);
        });
      }
    }
  }
});

function callsIn(exposition: Exposition): typeof CALLS {
  const labels = {
    rpc_server_call_duration_seconds_count: ['rpc_system_name', 'rpc_method', 'rpc_status_code'],
    rpc_client_call_duration_seconds_count: ['rpc_system_name', 'rpc_method', 'rpc_status_code'],
    pitot_graphql_operation_duration_seconds_count: ['graphql_operation_type', 'graphql_operation_name'],
    http_client_request_duration_seconds_count: ['http_request_method', 'http_response_status_code'],
  };
  return Object.fromEntries(
    Object.entries(labels).map(([name, keys]) => [name, countsOf(exposition, name, keys)]),
  ) as object as typeof CALLS;
}

function countsOf(exposition: Exposition, name: string, keys: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const sample of exposition.samples.filter((one) => one.name === name)) {
    const key = keys.flatMap((label) => sample.labels[label] ?? []).join(' ');
    counts[key] = (counts[key] ?? 0) + sample.value;
  }
  return counts;
}
