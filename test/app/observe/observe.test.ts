import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { afterEach, beforeEach, mock, type TestContext, test } from 'node:test';
import { setImmediate as soon } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Attributes, type Meter, metrics, type Observable } from '@opentelemetry/api';
import type { Answer } from '../../../src/app/observe/answer.ts';
import { type ObserveOptions, observe } from '../../../src/app/observe/observe.ts';
import type { Ask } from '../../../src/app/observe/source.ts';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { readerOf } from '../record/helpers/collect.ts';
import { warningsOf } from '../record/helpers/warnings.ts';

const EVERY = 1000;
const TIMEOUT = 300;
let clock = 0;
let meter: Meter;
/** All values there are, by metric and the values of its attributes, which are ordered by their keys. */
let read: () => Promise<Record<string, unknown>>;

beforeEach(() => {
  clock = 0;
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(performance, 'now', () => clock);
  const recorder = new Recorder();
  metrics.setGlobalMeterProvider(recorder);
  meter = recorder.getMeter('app');
  const scopes = readerOf(recorder);
  read = async () =>
    Object.fromEntries(
      (await scopes())
        .flatMap((scope) => scope.metrics)
        .flatMap(({ descriptor, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => [named(descriptor.name, attributes), value]),
        ),
    );
});

afterEach(() => {
  metrics.disable();
  mock.timers.reset();
  mock.restoreAll();
});

function named(name: string, attributes: Attributes): string {
  const values = Object.keys(attributes)
    .sort()
    .map((key) => attributes[key]);
  return values.length === 0 ? name : `${name}{${values.join(',')}}`;
}

async function pass(milliseconds: number): Promise<void> {
  clock += milliseconds;
  mock.timers.tick(milliseconds);
  await soon();
}

/** An observed gauge `jobs`, and the first question asked. */
async function jobs(t: TestContext, ask: Ask<Answer>, options: ObserveOptions = {}) {
  const gauge: Observable = meter.createObservableGauge('jobs');
  const observation = observe(gauge, ask, { every: EVERY, timeout: TIMEOUT, name: 'jobs', ...options });
  t.after(observation.stop);
  await pass(1);
  return observation;
}

/** Answers that are given one after the other; an error is thrown. */
function oneAfterTheOther(...answers: unknown[]): Ask<Answer> {
  return async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer as number;
  };
}

test('reading returns the last answer, however often it is read', async (t) => {
  let questions = 0;
  await jobs(t, () => ++questions);
  for (let reading = 0; reading < 3; reading++) assert.equal((await read()).jobs, 1);
  await pass(EVERY - 1);
  assert.equal((await read()).jobs, 1);
  await pass(1);
  assert.equal((await read()).jobs, 2);
  assert.equal(questions, 2);
});

test('an answer may be all series of an instrument, and those left out are gone', async (t) => {
  await jobs(
    t,
    oneAfterTheOther(
      [
        { value: 3, attributes: { queue: 'mail' } },
        { value: 5, attributes: { queue: 'print' } },
      ],
      [{ value: 4, attributes: { queue: 'mail' } }],
      [],
    ),
  );
  const queues = async () => Object.entries(await read()).filter(([name]) => name.startsWith('jobs'));
  assert.deepEqual(await queues(), [
    ['jobs{mail}', 3],
    ['jobs{print}', 5],
  ]);
  await pass(EVERY);
  assert.deepEqual(await queues(), [['jobs{mail}', 4]]);
  await pass(EVERY);
  assert.deepEqual(await queues(), []);
});

test('changing an answer afterwards changes nothing', async (t) => {
  const reading = { value: 3, attributes: { queue: 'mail' } };
  const answer = [reading];
  await jobs(t, () => answer);
  reading.value = 4;
  reading.attributes.queue = 'print';
  answer.push({ value: 1, attributes: { queue: 'more' } });
  const all = await read();
  assert.equal(all['jobs{mail}'], 3);
  assert.ok(!('jobs{print}' in all) && !('jobs{more}' in all));
});

test('there is never more than one question at a time', async (t) => {
  const answers: ((value: number) => void)[] = [];
  await jobs(t, () => new Promise((resolve) => answers.push(resolve)), { timeout: EVERY * 10 });
  for (let turn = 0; turn < 5; turn++) await pass(EVERY);
  assert.equal(answers.length, 1);
  answers[0]!(7);
  await soon();
  assert.equal((await read()).jobs, 7);
  assert.equal(answers.length, 1);
  await pass(EVERY);
  assert.equal(answers.length, 2);
});

test('a question that has no answer in time has failed, and what comes later is not used', async (t) => {
  let answer = (_: number) => {};
  const signals: AbortSignal[] = [];
  await jobs(t, (signal) => {
    signals.push(signal);
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  await pass(TIMEOUT - 1);
  assert.equal(signals[0]!.aborted, false);
  await pass(1);
  assert.equal(signals[0]!.reason.name, 'TimeoutError');
  assert.equal((await read())['pitot.source.failures{TimeoutError,jobs}'], 1);
  await pass(EVERY * 3);
  assert.equal(signals.length, 1);
  answer(9);
  await soon();
  const all = await read();
  assert.ok(!('jobs' in all));
  assert.equal(all['pitot.source.failures{TimeoutError,jobs}'], 1);
  await pass(EVERY);
  answer(10);
  await soon();
  assert.equal((await read()).jobs, 10);
});

test('a question that ends by its signal has failed once', async (t) => {
  await jobs(
    t,
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
  );
  await pass(TIMEOUT);
  assert.equal((await read())['pitot.source.failures{TimeoutError,jobs}'], 1);
});

test('the last good values stay through failures, and their age shows', async (t) => {
  const warnings = warningsOf(t);
  const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
  await jobs(t, oneAfterTheOther(3, refused, refused, 4), { name: 'flaky' });
  await pass(EVERY);
  await pass(EVERY);
  const failing = await read();
  assert.equal(failing.jobs, 3);
  assert.equal(failing['pitot.source.age{flaky}'], 2);
  assert.equal(failing['pitot.source.failures{ECONNREFUSED,flaky}'], 2);
  await pass(EVERY);
  const recovered = await read();
  assert.equal(recovered.jobs, 4);
  assert.equal(recovered['pitot.source.age{flaky}'], 0);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /source flaky failed \(no\); its last values are kept and it is asked again every 1000 ms/,
  );
});

test('the last good values are dropped by a failure when that was chosen', async (t) => {
  await jobs(t, oneAfterTheOther(3, new Error('no'), 4), { onError: 'drop' });
  assert.equal((await read()).jobs, 3);
  await pass(EVERY);
  assert.ok(!('jobs' in (await read())));
  await pass(EVERY);
  assert.equal((await read()).jobs, 4);
});

test('the age of a source that never answered counts from the beginning', async (t) => {
  await jobs(t, oneAfterTheOther(new Error('no'), new Error('no')));
  await pass(EVERY);
  assert.equal((await read())['pitot.source.age{jobs}'], 1.001);
});

test('an answer that is not what it should be is a failure', async (t) => {
  const wrong = [undefined, null, 'three', Number.NaN, Infinity, {}, [3], [null], [{ value: '3' }], [{}]];
  await jobs(t, oneAfterTheOther(3, ...wrong));
  for (const _ of wrong) await pass(EVERY);
  const all = await read();
  assert.equal(all.jobs, 3);
  assert.equal(all['pitot.source.failures{TypeError,jobs}'], wrong.length);
});

test('a function that throws synchronously, or throws a value that is not an error, fails like any other', async (t) => {
  await jobs(t, () => {
    throw undefined;
  });
  assert.equal((await read())['pitot.source.failures{_OTHER,jobs}'], 1);
});

test('counters, up-down counters and synchronous gauges take answers as well', async (t) => {
  const readings = [{ value: 2, attributes: { queue: 'mail' } }];
  const observations = [
    observe(meter.createObservableCounter('sent'), () => 5),
    observe(meter.createObservableUpDownCounter('waiting'), () => -1),
    observe(meter.createGauge('depth'), () => readings),
  ];
  for (const { stop } of observations) t.after(stop);
  await pass(1);
  const all = await read();
  assert.equal(all.sent, 5);
  assert.equal(all.waiting, -1);
  assert.equal(all['depth{mail}'], 2);
});

test('after it is stopped nothing is asked or reported', async (t) => {
  let questions = 0;
  let signal: AbortSignal | undefined;
  const observation = await jobs(t, async (given) => {
    signal = given;
    return ++questions === 1 ? 3 : new Promise(() => {});
  });
  await pass(EVERY);
  observation[Symbol.dispose]();
  observation.stop();
  assert.equal(signal?.reason.name, 'AbortError');
  await pass(EVERY * 3);
  const all = await read();
  assert.equal(questions, 2);
  assert.ok(!('jobs' in all) && !('pitot.source.age{jobs}' in all));
  assert.ok(!Object.keys(all).some((name) => name.startsWith('pitot.source.failures')));
});

test('a source is called after its function unless it is given a name', async (t) => {
  async function countJobs() {
    return 3;
  }
  t.after(observe(meter.createObservableGauge('jobs'), countJobs).stop);
  await pass(1);
  assert.ok('pitot.source.age{countJobs}' in (await read()));
});

test('what cannot be used is warned of, and nothing is thrown', async (t) => {
  const warnings = warningsOf(t);
  let questions = 0;
  await jobs(t, () => ++questions, { every: -5, timeout: Number.NaN, name: 'odd' });
  await pass(14_999);
  assert.equal(questions, 1);
  await pass(1);
  assert.equal(questions, 2);
  assert.match(warnings.join('\n'), /observe\(\) of odd was given every: -5, .* it uses 15000\./);
  assert.match(warnings.join('\n'), /observe\(\) of odd was given timeout: NaN, .* it uses 10000\./);
  const nothing: unknown = undefined;
  observe(nothing as Observable, () => 1).stop();
  observe(meter.createObservableGauge('idle'), nothing as Ask<Answer>).stop();
  assert.match(warnings.join('\n'), /observe\(\) could not record/);
});

test('the types know the attributes of the instrument', () => {
  const gauge = meter.createObservableGauge<{ queue: 'mail' | 'print' }>('typed');
  observe(gauge, () => [{ value: 1, attributes: { queue: 'mail' } }]).stop();
  observe(gauge, async (signal) =>
    signal.aborted ? [] : [{ value: 1, attributes: { queue: 'mail' } }],
  ).stop();
  // @ts-expect-error there is no such queue
  observe(gauge, () => [{ value: 1, attributes: { queue: 'fax' } }]).stop();
  // @ts-expect-error there is no such attribute
  observe(gauge, () => [{ value: 1, attributes: { queu: 'mail' } }]).stop();
  // @ts-expect-error a text is no answer
  observe(gauge, () => 'many').stop();
  // @ts-expect-error a synchronous gauge cannot drop its values
  observe(meter.createGauge('sync'), () => 1, { onError: 'drop' }).stop();
});

test('a process does not stay alive for it', async () => {
  const door = new URL('../../../src/app/observe/observe.ts', import.meta.url).href;
  const program = `import { metrics } from '@opentelemetry/api'; import { observe } from '${door}';
    observe(metrics.getMeter('app').createObservableGauge('jobs'), () => new Promise(() => {}), { every: 1 });
    setTimeout(() => console.log('the end'), 50);`;
  const cwd = new URL('../../..', import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd,
  });
  assert.equal(stdout, 'the end\n');
});
