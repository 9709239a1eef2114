import { randomUUID } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errors, workflow } from 'pitot/instruments';
import type { Work } from './nodes.ts';
import type { Store } from './store.ts';
import type { Definition } from './workflows.ts';

export interface Run {
  readonly id: string;
  readonly org: string;
  readonly workflow: string;
}

export interface FinishedRun extends Run {
  readonly outcome: 'success' | 'failure';
}

/** Tells the rest of the service what happens to runs. `node` comes after a node that did not fail. */
export type RunEvents = EventEmitter<{
  started: [run: Run];
  node: [type: string];
  finished: [run: FinishedRun];
}>;

/** Runs a workflow to its end and records the run. A failing node ends the run, not the service. */
export async function execute(
  run: Run,
  context: { definition: Definition; store: Store; folder: string; events: RunEvents },
): Promise<FinishedRun> {
  const { definition, store, folder, events } = context;
  store.addRun(run);
  events.emit('started', run);
  const work: Work = {
    file: join(folder, `${randomUUID()}.gz`),
    records: [],
    digest: '',
    archive: Buffer.alloc(0),
  };
  const outcome = await workflow
    .run({ name: run.workflow }, async (measured) => {
      for (const [position, node] of definition.entries()) {
        store.addNode(run.id, position, node.name);
        await measured.step({ type: node.name }, () => node(work));
        events.emit('node', node.name);
      }
    })
    .then(
      () => 'success' as const,
      (error: unknown) => {
        errors.count(error, { origin: 'workflow', severity: 'warn' });
        return 'failure' as const;
      },
    );
  await rm(work.file, { force: true });
  store.finishRun(run.id, outcome);
  const finished = { ...run, outcome };
  events.emit('finished', finished);
  return finished;
}
