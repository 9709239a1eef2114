import { hasHostMetrics } from './pipeline.ts';

/** Automatic sources as they are grouped for people, in the order in which they are told. */
const GROUPS: readonly (readonly [group: string, names: readonly string[]])[] = [
  ['HTTP', ['http', 'express']],
  ['database drivers', ['pg', 'mysql2', 'mongodb', 'redis', 'ioredis', 'better-sqlite3', 'node-sqlite']],
  ['WebSockets', ['ws', 'socket.io']],
  ['errors', ['errors']],
  ['runtime', ['runtime-node']],
  ['host', ['host-metrics']],
];

/** Groups any of whose sources stands for the group: Express is HTTP. */
const ANY: readonly string[] = ['HTTP'];

/**
 * What is measured without the application's doing, for the start-up line: by group, and of a group of which
 * not all is on, what is. A driver is measured once the application loads it.
 */
export function describeMeasured(
  instrumented: readonly string[],
  config: Parameters<typeof hasHostMetrics>[0],
): string {
  const on = hasHostMetrics(config) ? [...instrumented, 'host-metrics'] : instrumented;
  const told = GROUPS.flatMap(([group, names]) => {
    const present = names.filter((name) => on.includes(name));
    if (present.length === 0) return [];
    return present.length === names.length || ANY.includes(group)
      ? [group]
      : [`${group} (${present.join(', ')})`];
  });
  const others = on.filter((name) => !GROUPS.some(([, names]) => names.includes(name)));
  const all = [...told, ...others];
  return all.length === 0 ? 'nothing is measured automatically' : `measures ${all.join(', ')}`;
}
