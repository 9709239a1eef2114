import { SOURCE_NAMES, SOURCES } from '../config/sources.ts';

/** Groups that one of their sources represents as a whole: Express is HTTP. */
const WHOLE_GROUPS: readonly string[] = ['HTTP'];

/**
 * The automatic sources that are on, by group, for the start-up line. If a group is on in part, the line names its
 * sources. pitot measures a driver once the application loads it.
 */
export function describeMeasured(on: readonly string[]): string {
  const groups = Map.groupBy(SOURCE_NAMES, (name) => SOURCES[name].group);
  const named = [...groups].flatMap(([group, names]) => {
    const present = names.filter((name) => on.includes(name));
    if (present.length === 0) return [];
    return present.length === names.length || WHOLE_GROUPS.includes(group)
      ? [group]
      : [`${group} (${present.join(', ')})`];
  });
  const others = on.filter((name) => !SOURCE_NAMES.some((known) => known === name));
  const all = [...named, ...others];
  return all.length === 0 ? 'nothing is measured automatically' : `measures ${all.join(', ')}`;
}
