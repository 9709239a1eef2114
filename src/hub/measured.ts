import type { Config } from '../config/settings/table.ts';

/** Automatic sources by the groups of the start-up line, in its order. */
const GROUPS: readonly (readonly [group: string, names: readonly string[]])[] = [
  ['HTTP', ['http', 'express']],
  ['database drivers', ['pg', 'mysql2', 'mongodb', 'redis', 'ioredis', 'better-sqlite3', 'node-sqlite']],
  ['WebSockets', ['ws', 'socket.io']],
  ['errors', ['errors']],
  ['runtime', ['runtime-node']],
  ['host', ['host-metrics']],
];

/** Groups that one of their sources represents as a whole: Express is HTTP. */
const WHOLE_GROUPS: readonly string[] = ['HTTP'];

type HostMetricsSettings = Pick<Config, 'enabledInstrumentations' | 'disabledInstrumentations'>;

/** Whether the hub reports the process, its container and its machine. */
export function hasHostMetrics({
  enabledInstrumentations,
  disabledInstrumentations,
}: HostMetricsSettings): boolean {
  const isChosen = enabledInstrumentations?.includes('host-metrics') ?? true;
  return isChosen && !disabledInstrumentations?.includes('host-metrics');
}

/**
 * The automatic sources that are on, by group, for the start-up line. Of a group that is on in part, the line names
 * the sources. pitot measures a driver once the application loads it.
 */
export function describeMeasured(instrumented: readonly string[], config: HostMetricsSettings): string {
  const on = hasHostMetrics(config) ? [...instrumented, 'host-metrics'] : instrumented;
  const named = GROUPS.flatMap(([group, names]) => {
    const present = names.filter((name) => on.includes(name));
    if (present.length === 0) return [];
    return present.length === names.length || WHOLE_GROUPS.includes(group)
      ? [group]
      : [`${group} (${present.join(', ')})`];
  });
  const others = on.filter((name) => !GROUPS.some(([, names]) => names.includes(name)));
  const all = [...named, ...others];
  return all.length === 0 ? 'nothing is measured automatically' : `measures ${all.join(', ')}`;
}
