import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiagLogLevel, type Meter, metrics } from '@opentelemetry/api';
import { diag } from '../../../src/base/diag.ts';
import {
  alert,
  aliases,
  auth,
  cache,
  database,
  errors,
  job,
  llm,
  queue,
  rateLimit,
  session,
  websocket,
  workflow,
} from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

/** Collects warnings; those of this process come once each, so each test looks for its own. */
const warnings: string[] = [];
const ignore = () => {};
const warn = (text: string) => {
  warnings.push(text);
};
diag.setLogger(
  { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
  { logLevel: DiagLogLevel.WARN },
);

const OBJECTS: readonly unknown[] = [undefined, null, 5, 'text', Symbol('s'), [], {}, Object.create(null)];
const THROWING = new Proxy(
  {},
  {
    get() {
      throw new Error('a getter that throws');
    },
  },
);

/** Calls a function as JavaScript may, without what the types say. */
function callAnyhow(call: unknown, ...args: unknown[]): unknown {
  assert.ok(typeof call === 'function');
  return Reflect.apply(call, undefined, args);
}

for (const [name, form] of [
  ['alert.firing', alert.firing],
  ['auth.attempt', auth.attempt],
  ['cache.lookup', cache.lookup],
  ['database.operation', database.operation],
  ['errors.boundary', errors.boundary],
  ['job.execution', job.execution],
  ['llm.operation', llm.operation],
  ['queue.processing', queue.processing],
  ['queue.sending', queue.sending],
  ['rateLimit.decision', rateLimit.decision],
  ['session.creation', session.creation],
  ['session.lifetime', session.lifetime],
  ['websocket.connection', websocket.connection],
  ['websocket.message', websocket.message],
  ['workflow.run', workflow.run],
] as const) {
  test(`${name} runs the callback and returns its value whatever the options are`, () => {
    registerStockProvider();
    for (const options of [...OBJECTS, THROWING]) {
      assert.equal(
        callAnyhow(form, options, () => 'value'),
        'value',
      );
    }
  });

  test(`${name} gives a scope that works whatever the options are`, () => {
    registerStockProvider();
    for (const options of [...OBJECTS, THROWING]) {
      const scope = callAnyhow(form, options);
      assert.ok(typeof scope === 'object' && scope !== null && Symbol.dispose in scope);
      const dispose: unknown = Reflect.get(scope, Symbol.dispose);
      assert.ok(typeof dispose === 'function');
      Reflect.apply(dispose, scope, []);
    }
  });

  test(`${name} runs a callback that was given without options, and says so`, () => {
    registerStockProvider();
    assert.equal(
      callAnyhow(form, () => 'value'),
      'value',
    );
    assert.ok(warnings.some((text) => text.includes(name) && text.includes('no options')));
  });

  test(`${name} measures nothing and says so when the callback is not a function`, async () => {
    const collect = registerStockProvider();
    assert.equal(callAnyhow(form, {}, 'callback'), undefined);
    assert.deepEqual((await collect()).scopes, []);
  });

  test(`${name} goes on and warns when the meter provider throws`, () => {
    const broken = (): Meter => {
      throw new Error('no meter today');
    };
    metrics.disable();
    metrics.setGlobalMeterProvider({ getMeter: broken });
    assert.equal(
      callAnyhow(form, {}, () => 'value'),
      'value',
    );
    assert.ok(warnings.some((text) => text.includes(`${name} could not record`)));
  });
}

test('methods of a scope do not throw, whatever they are given and however they are called', async () => {
  const collect = registerStockProvider();
  const operation = database.operation({ system: 'sqlite', operation: 'SELECT', collection: 'odd' });
  const run = workflow.run({ name: 'odd' });
  const connection = websocket.connection({});
  for (const value of [...OBJECTS, -1, 0.5, Number.NaN, () => {}]) {
    callAnyhow(operation.rows.bind(operation), value);
    callAnyhow(connection.sent.bind(connection), value, value);
    callAnyhow(connection.received.bind(connection), 'text', value);
    callAnyhow(run.fail.bind(run), value);
  }
  run.fail(THROWING);
  for (const method of [operation.rows, operation.fail, run.node, run.cancel, run.fail, connection.sent]) {
    callAnyhow(method, 1);
  }
  operation.end();
  run.end();
  connection.end();
  const collected = await collect();
  assert.deepEqual(
    collected.histograms('db.client.response.returned_rows').map(([, values]) => values),
    [{ count: 1, sum: 5 }],
  );
  assert.deepEqual(
    collected
      .sums('websocket.server.io')
      .map(([attributes, bytes]) => [attributes['websocket.io.direction'], bytes]),
    [['receive', 5]],
  );
});

test('a name that is missing or no string is recorded as _OTHER, with a warning', async () => {
  const collect = registerStockProvider();
  callAnyhow(workflow.run, { name: { toString: () => 'sneaky' } }, () => {});
  assert.deepEqual((await collect()).sums('workflow.run.started'), [[{ 'workflow.name': '_OTHER' }, 1]]);
  assert.ok(warnings.some((text) => text.includes('workflow.name') && text.includes('_OTHER')));
});

test('a callback whose value has a then that throws when it is read is returned as it is', () => {
  registerStockProvider();
  assert.equal(
    workflow.run({ name: 'odd' }, () => THROWING),
    THROWING,
  );
});

for (const [name, adapter, expected] of [
  ['websocket.server', websocket.server, 'handleUpgrade'],
  ['websocket.socketIo', websocket.socketIo, 'socket.io'],
  ['queue.bullmq', queue.bullmq, 'BullMQ'],
  ['llm.openai', llm.openai, 'openai'],
] as const) {
  test(`${name} returns whatever it is given, and says when it does not know it`, () => {
    for (const value of [...OBJECTS, THROWING]) assert.equal(callAnyhow(adapter, value), value);
    assert.ok(warnings.some((text) => text.includes(name) && text.includes(expected)));
  });
}

test('an observation can be stopped, whatever it was given', async () => {
  const collect = registerStockProvider();
  for (const watch of [cache.store, database.pool, queue.depth, workflow.definitions]) {
    for (const value of [...OBJECTS, THROWING, { name: 'odd', size: 5, read: 5, count: 5 }]) {
      const watched = callAnyhow(watch, value);
      assert.ok(typeof watched === 'object' && watched !== null && Symbol.dispose in watched);
      const dispose: unknown = Reflect.get(watched, Symbol.dispose);
      assert.ok(typeof dispose === 'function');
      Reflect.apply(dispose, watched, []);
    }
  }
  const collected = await collect();
  for (const name of ['cache.size', 'db.client.connection.count', 'queue.depth']) {
    assert.deepEqual(collected.sums(name), []);
  }
});

test('bound forms and statuses do not throw, whatever they are given and however they are called', () => {
  registerStockProvider();
  for (const options of [...OBJECTS, THROWING, { states: 5 }, { states: ['a', 'b'], state: 'a' }]) {
    const limiter = Object(callAnyhow(rateLimit.limiter, options));
    const store = Object(callAnyhow(cache.store, options));
    const manager = Object(callAnyhow(session.manager, options));
    const client = Object(callAnyhow(database.client, options));
    for (const method of [
      limiter.allowed,
      limiter.limited,
      store.hit,
      store.evicted,
      manager.set,
      client.set,
    ]) {
      for (const value of [...OBJECTS, THROWING]) callAnyhow(method, value, value);
    }
    for (const value of OBJECTS) {
      limiter.allowed(value, value);
      store.evicted(value, value);
    }
  }
});

test('an error is counted whatever it is, and wherever it is said to have happened', async () => {
  const collect = registerStockProvider();
  const values = [...OBJECTS, THROWING];
  for (const value of values) {
    callAnyhow(errors.count, value, { origin: 'odd' });
    callAnyhow(errors.count, 'odd', value);
  }
  const total = (await collect()).sums('application.errors').reduce((sum, [, count]) => sum + count, 0);
  // Options that cannot be read are the only case without a count.
  assert.equal(total, 2 * values.length - 1);
});

test('a value without an identity has no alias, and a function that returns no names makes none', () => {
  for (const value of OBJECTS) assert.equal(aliases({})(value), undefined);
});

test('a stream of something else is the error that it would be without measuring', async () => {
  registerStockProvider();
  for (const source of [undefined, 5, {}, () => 5]) {
    const stream: unknown = callAnyhow(llm.stream, { provider: 'openai' }, source);
    const read = async () => {
      for await (const _chunk of Object(stream));
    };
    await assert.rejects(read, TypeError);
  }
});

test('methods of a language model operation do not throw', () => {
  registerStockProvider();
  const operation = llm.operation({ provider: 'openai' });
  for (const value of [...OBJECTS, THROWING, { input: 'many', output: -1 }]) {
    callAnyhow(operation.tokens.bind(operation), value);
    callAnyhow(operation.finish.bind(operation), value);
    callAnyhow(operation.responseModel.bind(operation), value);
  }
  for (const method of [operation.tokens, operation.finish, operation.responseModel, operation.chunk]) {
    callAnyhow(method, 1);
  }
  operation.end();
  operation.chunk();
});
