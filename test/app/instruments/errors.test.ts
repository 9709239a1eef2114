import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errors } from '../../../src/instruments.ts';
import { registerStockProvider } from './helpers/collected.ts';

const at = (type: string, severity: string, origin: string) => ({
  'error.type': type,
  'application.error.severity': severity,
  'application.error.origin': origin,
});

test('errors are counted by type, severity and where they happened', async () => {
  const collect = registerStockProvider();
  errors.count(new TypeError('no'), { origin: 'checkout' });
  errors.count(new TypeError('no'), { origin: 'checkout' });
  errors.count('timeout', { origin: 'import.worker', severity: 'warn' });
  errors.count(Object.assign(new Error('full'), { code: 'ENOSPC' }), {
    origin: 'import.worker',
    severity: 'fatal',
  });
  assert.deepEqual((await collect()).sums('application.errors'), [
    [at('TypeError', 'error', 'checkout'), 2],
    [at('timeout', 'warn', 'import.worker'), 1],
    [at('ENOSPC', 'fatal', 'import.worker'), 1],
  ]);
});

test('a boundary counts the error that leaves it, and passes it on', async () => {
  const collect = registerStockProvider();
  const error = new RangeError('too far');
  assert.equal(
    errors.boundary({ origin: 'checkout' }, () => 'value'),
    'value',
  );
  assert.throws(
    () =>
      errors.boundary({ origin: 'checkout' }, () => {
        throw error;
      }),
    (thrown) => thrown === error,
  );
  const rejected = errors.boundary({ origin: 'checkout', severity: 'warn' }, async () => {
    throw error;
  });
  await assert.rejects(rejected, (thrown) => thrown === error);
  const scope = errors.boundary({ origin: 'import' });
  scope.fail(error);
  scope.end();
  assert.deepEqual((await collect()).sums('application.errors'), [
    [at('RangeError', 'error', 'checkout'), 1],
    [at('RangeError', 'warn', 'checkout'), 1],
    [at('RangeError', 'error', 'import'), 1],
  ]);
});

test('a severity that there is not is an error', async () => {
  const collect = registerStockProvider();
  // @ts-expect-error there is no such severity
  errors.count(new TypeError('no'), { origin: 'checkout', severity: 'dire' });
  assert.deepEqual((await collect()).sums('application.errors'), [[at('TypeError', 'error', 'checkout'), 1]]);
});
