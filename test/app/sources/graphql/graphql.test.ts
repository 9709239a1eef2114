import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { afterEach, describe, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import type { Attributes } from '@opentelemetry/api';
import type * as GraphQL from 'graphql';
import { graphql as source } from '../../../../src/app/sources/graphql/sources.ts';
import { registerStockProvider } from '../../instruments/helpers/collected.ts';

const collect = registerStockProvider();
const stop = source.start({
  getMeter: () => assert.fail('operations are recorded with the instruments of the application'),
});
const require = createRequire(import.meta.url);
const METRIC = 'pitot.graphql.operation.duration';
const before = new Map<string, number>();

/** The operations since the last call, by type, name and error. */
async function counted(): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const [attributes, count] of (await collect()).counts(METRIC)) {
    const key = inShort(attributes);
    const since = count - (before.get(key) ?? 0);
    before.set(key, count);
    if (since > 0) counts[key] = since;
  }
  return counts;
}

function inShort(attributes: Attributes): string {
  const { 'graphql.operation.type': type, 'graphql.operation.name': name, 'error.type': error } = attributes;
  return [type ?? '?', name, error === undefined ? undefined : `!${error}`]
    .filter((part) => part !== undefined)
    .join(' ');
}

const SDL = `
  type Query { hello(to: String!): String, slow: String, fails: String, coded: String, plain: String, user: User }
  type User { name: String, secret: String }
  type Mutation { add: Int }
  type Subscription { ticks: Int, refused: Int }
`;

for (const name of ['graphql', 'graphql17']) {
  const library = require(name) as typeof GraphQL;
  const { buildSchema, execute, executeSync, graphql, graphqlSync, GraphQLError, parse, subscribe, version } =
    library;
  const schema = buildSchema(SDL);
  const rootValue = {
    hello: ({ to }: { to: string }) => `hello ${to}`,
    slow: () => Promise.resolve('slow'),
    fails: () => {
      throw new RangeError('in a resolver');
    },
    coded: () => Promise.reject(new GraphQLError('no', { extensions: { code: 'UNAUTHENTICATED' } })),
    plain: () => Promise.reject(new GraphQLError('no')),
    user: {
      name: 'a',
      secret: () => Promise.reject(new GraphQLError('no', { extensions: { code: 'FORBIDDEN' } })),
    },
    add: () => 1,
    async *ticks() {
      yield { ticks: 1 };
      yield { ticks: 2 };
    },
    refused: () => Promise.reject(new RangeError('no stream')),
  };
  const run = (document: string, more: Partial<GraphQL.ExecutionArgs> = {}) =>
    execute({ schema, document: parse(document), rootValue, ...more });

  describe(`GraphQL.js ${version}`, () => {
    afterEach(counted);

    test('each execution is an operation, by type and name, whichever function executes it', async () => {
      assert.equal((await run('query Hello { hello(to: "b") }')).data?.hello, 'hello b');
      await run('query Slow { slow }');
      await run('{ slow }');
      await run('mutation Add { add }');
      await graphql({ schema, rootValue, source: 'query Hello { hello(to: "b") }' });
      graphqlSync({ schema, rootValue, source: 'query Hello { hello(to: "b") }' });
      executeSync({ schema, rootValue, document: parse('query Hello { hello(to: "b") }') });
      assert.deepEqual(await counted(), {
        'query Hello': 4,
        'query Slow': 1,
        query: 1,
        'mutation Add': 1,
      });
    });

    test('error.type is the code of the first error, or the class of what the resolver threw', async () => {
      const failed = await run('query Fails { fails }');
      assert.equal(failed.errors?.[0]?.message, 'in a resolver');
      await run('query Coded { coded }');
      await run('query Plain { plain }');
      assert.deepEqual(await counted(), {
        'query Fails !RangeError': 1,
        'query Coded !UNAUTHENTICATED': 1,
        'query Plain !GraphQLError': 1,
      });
    });

    test('a result with data and errors has failed', async () => {
      const { data } = await run('query User { user { name secret } }');
      assert.deepEqual(JSON.parse(JSON.stringify(data)), { user: { name: 'a', secret: null } });
      assert.deepEqual(await counted(), { 'query User !FORBIDDEN': 1 });
    });

    test('of several operations in a document the chosen one counts', async () => {
      const document = 'query A { slow } mutation B { add }';
      await run(document, { operationName: 'B' });
      assert.deepEqual(await counted(), { 'mutation B': 1 });
    });

    test('a request that chooses no operation of its document has neither type nor name', async () => {
      const document = 'query A { slow } mutation B { add }';
      assert.match(String((await run(document)).errors?.[0]), /operation name/);
      assert.match(String((await run(document, { operationName: 'C' })).errors?.[0]), /Unknown operation/);
      assert.deepEqual(await counted(), { '? !GraphQLError': 2 });
    });

    test('variables that cannot be read are errors of the operation', async () => {
      await run('query Hello($to: String!) { hello(to: $to) }', { variableValues: { to: 3 } });
      assert.deepEqual(await counted(), { 'query Hello !GraphQLError': 1 });
    });

    test('an execution that throws is counted by the class of the error', async () => {
      const invalid = library.buildASTSchema(parse('type Query { a: Int } input Empty'), {
        assumeValidSDL: true,
      });
      assert.throws(() => execute({ schema: invalid, document: parse('query Thrown { a }') }));
      assert.deepEqual(await counted(), { 'query Thrown !Error': 1 });
    });

    test('an operation whose promise is of another realm is counted when it ends', async () => {
      const OtherPromise: PromiseConstructor = runInNewContext('Promise');
      const add = () => OtherPromise.reject(new RangeError('in another realm'));
      await run('mutation Realm { add }', { rootValue: { add } });
      assert.deepEqual(await counted(), { 'mutation Realm !RangeError': 1 });
    });

    test('a subscription is one operation, whatever its stream brings', async () => {
      const stream = await subscribe({ schema, rootValue, document: parse('subscription Ticks { ticks }') });
      assert.ok(Symbol.asyncIterator in stream);
      const events: unknown[] = [];
      for await (const { data } of stream) events.push(data?.ticks);
      assert.deepEqual(events, [1, 2]);
      assert.deepEqual(await counted(), { 'subscription Ticks': 1 });
    });

    test('a subscription whose stream cannot be opened has failed', async () => {
      await subscribe({ schema, rootValue, document: parse('subscription Refused { refused }') });
      assert.deepEqual(await counted(), { 'subscription Refused !RangeError': 1 });
    });
  });
}

const { buildSchema, execute, parse } = require('graphql') as typeof GraphQL;

test('of the names that clients choose 200 are series, and the others are _OTHER', async () => {
  const schema = buildSchema(SDL);
  for (let i = 0; i < 300; i++) execute({ schema, document: parse(`query Q${i} { __typename }`) });
  const counts = await counted();
  assert.ok((counts['query _OTHER'] ?? 0) >= 100);
  assert.ok(Object.keys(counts).length <= 201);
});

test('when the source stops, GraphQL.js is as it was', async () => {
  stop();
  for (const name of ['graphql', 'graphql17']) {
    const { buildSchema: build, graphqlSync } = require(name) as typeof GraphQL;
    graphqlSync({ schema: build(SDL), source: '{ __typename }' });
  }
  assert.deepEqual(await counted(), {});
});
