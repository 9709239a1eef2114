import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { startChild } from '../harness/child.ts';
import type { Exposition } from '../harness/exposition.ts';
import { type Lifetime, lifetimeOfSuite } from '../harness/lifetime.ts';
import { installPacked } from '../harness/packed-tarball.ts';
import { inherited, startService } from '../harness/service.ts';

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

const PROGRAMS = join(import.meta.dirname, 'programs/official-calls');
const PITOT = ['--import', 'pitot/instrumentation'];
const TRACING = ['--import', './tracing.mjs'];

describe('calls beside the official instrumentations', () => {
  const lifetime = lifetimeOfSuite();

  for (const [era, packages] of INSTRUMENTATIONS) {
    let folder: string;
    before(async () => {
      folder = await installPacked(lifetime, packages);
      await cp(PROGRAMS, folder, { recursive: true });
    });

    for (const app of ['app.cjs', 'app.mjs']) {
      let expected: unknown;

      test(`calls, ${era}, ${app}: without pitot, to compare with`, async (t) => {
        const child = await startChild(t, process.execPath, {
          args: [...TRACING, app],
          cwd: folder,
          env: inherited(),
        });
        expected = JSON.parse((await child.line(/^spans: (.*)$/))[1] ?? '');
        assert.ok(Object.keys(Object(expected)).length > 5, JSON.stringify(expected));
      });

      for (const { order, nodeArgs, isTraced } of [
        { order: 'pitot alone', nodeArgs: PITOT, isTraced: false },
        { order: 'pitot first', nodeArgs: [...PITOT, ...TRACING], isTraced: true },
        { order: 'pitot last', nodeArgs: [...TRACING, ...PITOT], isTraced: true },
      ]) {
        test(`calls, ${era}, ${app}, ${order}: as many spans as without pitot, and each call counts once`, async (t) => {
          const { spans, exposition } = await run(t, { nodeArgs, app });
          assert.deepEqual(spans, isTraced ? expected : {});
          assert.deepEqual(callsIn(exposition), CALLS);
        });
      }
    }

    async function run(t: Lifetime, { nodeArgs, app }: { nodeArgs: readonly string[]; app: string }) {
      const service = await startService(t, { nodeArgs, args: [app], cwd: folder });
      const spans: unknown = JSON.parse((await service.line(/^spans: (.*)$/))[1] ?? '');
      return { spans, exposition: await service.scrape() };
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
