import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { DiagLogLevel } from '@opentelemetry/api';
import { Outage } from '../../../src/app/hub-client/outage.ts';
import { diag } from '../../../src/base/diag.ts';

function errorsOf(t: TestContext): string[] {
  const errors: string[] = [];
  const ignore = () => {};
  const logger = { error: (text: string) => errors.push(text), warn: ignore, info: ignore, debug: ignore };
  diag.setLogger({ ...logger, verbose: ignore }, { logLevel: DiagLogLevel.ERROR });
  t.after(() => diag.disable());
  return errors;
}

test('an outage is said once, however often the hub is started again', (t) => {
  const errors = errorsOf(t);
  const outage = new Outage();
  outage.ready();
  const pauses = Array.from({ length: 8 }, () => outage.failed(new Error('out of memory'), 100));
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  assert.equal(errors.length, 1);
  assert.match(errors[0] ?? '', /out of memory.*nothing recorded is lost.*started again in 1 s/);
  assert.equal(outage.failed(new Error('later'), 60_001), 1000, 'a hub that lived long ended the outage');
  assert.equal(errors.length, 2);
});

test('where no hub has ever run, pitot gives up after five attempts and says so', (t) => {
  const errors = errorsOf(t);
  const outage = new Outage();
  const pauses = Array.from({ length: 5 }, () => outage.failed(new Error('EAGAIN'), 0));
  assert.deepEqual(pauses, [1000, 2000, 4000, 8000, undefined]);
  assert.match(errors.at(-1) ?? '', /cannot be started \(EAGAIN\).*gives up after 5 attempts/);
  assert.equal(errors.length, 2);
});

for (const [code, remedy] of [
  ['ERR_ACCESS_DENIED', /--allow-worker/],
  ['ERR_MODULE_NOT_FOUND', /Leave pitot out of the bundle/],
  ['PITOT_NOT_INSTALLED', /Leave pitot out of the bundle/],
] as const) {
  test(`what cannot change while the process runs is not tried again: ${code}`, (t) => {
    const errors = errorsOf(t);
    const failure = Object.assign(new Error('no'), { code });
    assert.equal(new Outage().failed(failure, 0), undefined);
    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? '', remedy);
    // A hub that has run once had all it needed: a package that is being reinstalled is there again soon.
    const later = new Outage();
    later.ready();
    assert.equal(later.failed(failure, 0), 1000);
  });
}
