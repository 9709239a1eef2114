import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { Recorder } from '../../src/app/record/recorder.ts';
import { CellsProducer } from '../../src/hub/collect/producer.ts';
import { valuesOf } from '../app/record/helpers/points.ts';

/** The recorders of a main thread and of one worker, and the hub of both; all on this thread. */
function start(t: TestContext) {
  t.mock.timers.enable({ apis: ['Date'], now: 10_000 });
  const recorders = [new Recorder(), new Recorder()].map((recorder) => {
    recorder.configure({ seriesIdle: { jobs: 5000 } });
    const { port1: ours, port2: theirs } = new MessageChannel();
    const answered = () => new Promise((resolve) => ours.once('message', resolve));
    ours.on('message', (request) => recorder.serve(request, (message) => ours.postMessage(message)));
    t.after(() => ours.close());
    recorder.attach((message) => ours.postMessage(message));
    return { jobs: recorder.getMeter('test').createCounter('jobs'), theirs, answered };
  });
  const [main, worker] = recorders;
  assert.ok(main !== undefined && worker !== undefined);
  const hub = new CellsProducer(main.theirs, {
    observeTimeout: 100,
    gaugeRules: {},
    ended: [],
    checkpoint: () => {},
    threadCheckpoints: new Map(),
    checkpointThread: () => {},
  });
  hub.addThread(worker.theirs, 1);
  return { main, worker, read: () => valuesOf(hub.peek(), 'jobs') };
}

test('a series that expires in one thread takes nothing from the total if another has it, and goes if none has', async (t) => {
  const { main, worker, read } = start(t);
  main.jobs.add(3, { kind: 'both' });
  main.jobs.add(7, { kind: 'only here' });
  worker.jobs.add(4, { kind: 'both' });
  assert.deepEqual(read(), [
    [{ kind: 'both' }, 7],
    [{ kind: 'only here' }, 7],
  ]);
  t.mock.timers.tick(5000);
  worker.jobs.add(1, { kind: 'both' });
  const asked = main.answered();
  assert.deepEqual(read().length, 2);
  await asked;
  assert.deepEqual(read(), [[{ kind: 'both' }, 8]]);
  worker.jobs.add(1, { kind: 'both' });
  main.jobs.add(1, { kind: 'both' });
  assert.deepEqual(read(), [[{ kind: 'both' }, 10]]);
});
