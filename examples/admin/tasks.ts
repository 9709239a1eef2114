import { job } from 'pitot/instruments';
import type { Store } from './store.ts';

type Task = (store: Store, input: string | null) => Promise<void>;

/** The names are attributes, so only the service chooses them. */
const TASKS: ReadonlyMap<string, Task> = new Map<string, Task>([
  ['clean-up', async (store) => void (await store.query("DELETE FROM tasks WHERE status = 'old'"))],
  [
    'report',
    async (_, input) => {
      if (input === null) throw Object.assign(new Error('nothing to report'), { code: 'NO_INPUT' });
    },
  ],
]);

/** Runs a task once, and returns what became of it. */
export async function runTask(store: Store, id: string): Promise<'done' | 'failed'> {
  const [task] = await store.query('SELECT name, input FROM tasks WHERE id = $1', id);
  const { name = '', input = null } = (task ?? {}) as { name?: string; input?: string | null };
  const run = TASKS.get(name);
  if (run === undefined) throw new Error('there is no such task');
  const status = await job
    .execution({ name }, () => run(store, input))
    .then(
      () => 'done' as const,
      () => 'failed' as const,
    );
  await store.query('UPDATE tasks SET status = $2 WHERE id = $1', id, status);
  return status;
}
