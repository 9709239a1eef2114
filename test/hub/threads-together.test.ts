import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Recorder } from '../../src/app/record/recorder.ts';
import { CellsProducer } from '../../src/hub/collect/producer.ts';
import { valuesOf } from '../app/record/helpers/points.ts';

/** A recorder, and the port by which a hub reaches it. */
function connect(t: TestContext) {
  const recorder = new Recorder();
  recorder.configure({ seriesIdle: { jobs: 5000 } });
  const { port1: ours, port2: theirs } = new MessageChannel();
  const answered = () => new Promise((resolve) => ours.once('message', resolve));
  ours.on('message', (request) => recorder.serve(request, (message) => ours.postMessage(message)));
  t.after(() => ours.close());
  recorder.attach((message) => ours.postMessage(message));
  return { recorder, jobs: recorder.getMeter('test').createCounter('jobs'), ours, theirs, answered };
}

function hubOf(main: MessagePort): CellsProducer {
  return new CellsProducer(main, {
    observeTimeout: 100,
    gaugeRules: {},
    ended: [],
    checkpoint: () => {},
    threadCheckpoints: new Map(),
    checkpointThread: () => {},
  });
}

/** The recorders of a main thread and of one worker, and the hub of both; all on this thread. */
function start(t: TestContext) {
  let now = 10_000;
  // Idle times are of the monotonic clock.
  t.mock.method(performance, 'now', () => now);
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  const [main, worker] = [connect(t), connect(t)];
  const hub = hubOf(main.theirs);
  hub.addThread(worker.theirs, 1);
  return { main, worker, pass, read: () => valuesOf(hub.peek(), 'jobs') };
}

test('a series that expires in one thread takes nothing from the total if another has it, and goes if none has', async (t) => {
  const { main, worker, pass, read } = start(t);
  main.jobs.add(3, { kind: 'both' });
  main.jobs.add(7, { kind: 'only here' });
  worker.jobs.add(4, { kind: 'both' });
  assert.deepEqual(read(), [
    [{ kind: 'both' }, 7],
    [{ kind: 'only here' }, 7],
  ]);
  pass(5000);
  worker.jobs.add(1, { kind: 'both' });
  const asked = main.answered();
  assert.deepEqual(read().length, 2);
  await asked;
  assert.deepEqual(read(), [[{ kind: 'both' }, 8]]);
  worker.jobs.add(1, { kind: 'both' });
  main.jobs.add(1, { kind: 'both' });
  assert.deepEqual(read(), [[{ kind: 'both' }, 10]]);
});

test('an up-down counter is the sum over all threads, also when one has ended; requests in progress end with theirs', async (t) => {
  const [main, worker] = [connect(t), connect(t)];
  const hub = hubOf(main.theirs);
  hub.addThread(worker.theirs, 1);
  const levels = (scope: string) =>
    [main, worker].map(({ recorder }) => recorder.getMeter(scope).createUpDownCounter('level'));
  const [, queued] = levels('app');
  const [, inProgress] = levels('pitot/http');
  worker.recorder
    .getMeter('app')
    .createObservableUpDownCounter('memory')
    .addCallback((result) => result.observe(7));
  queued?.add(1);
  inProgress?.add(1);
  await hub.collect();
  const ended = new Promise((resolve) => worker.theirs.once('close', resolve));
  worker.ours.close();
  await ended;
  const values = () =>
    hub
      .peek()
      .flatMap(({ scope, metrics }) =>
        metrics.map(({ descriptor, dataPoints }) => [scope.name, descriptor.name, dataPoints[0]?.value]),
      );
  assert.deepEqual(values(), [['app', 'level', 1]]);
  levels('app')[0]?.add(-1);
  assert.deepEqual(values(), [['app', 'level', 0]]);
});
