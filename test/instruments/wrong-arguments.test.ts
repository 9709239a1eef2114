import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiagLogLevel, diag, type Meter, metrics } from '@opentelemetry/api';
import { database, websocket, workflow } from '../../src/instruments/index.ts';
import { registerStockProvider } from './collected.ts';

/** Collects warnings; those of this process come once each, so each test looks for its own. */
const warnings: string[] = [];
const ignore = () => {};
const warn = (text: string) => {
  warnings.push(text);
};
diag.setLogger(
  { error: ignore, warn, info: ignore, debug: ignore, verbose: ignore },
  { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
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
  ['database.operation', database.operation],
  ['workflow.run', workflow.run],
  ['websocket.connection', websocket.connection],
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

  test(`${name} measures nothing and says so when the callback is no function`, async () => {
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
  operation[Symbol.dispose]();
  run[Symbol.dispose]();
  connection[Symbol.dispose]();
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

test('websocket.server returns whatever it is given, and says when that is no server', () => {
  for (const value of OBJECTS) assert.equal(callAnyhow(websocket.server, value), value);
  assert.ok(warnings.some((text) => text.includes('websocket.server') && text.includes('handleUpgrade')));
});
