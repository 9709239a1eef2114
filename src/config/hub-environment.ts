import type { Environment } from './config.ts';
import { ALL_SETTINGS } from './settings/table.ts';

/**
 * A copy of the environment without the variables of the settings table, for the hub's thread. The
 * OpenTelemetry exporters read some of those variables by themselves and would add to, or contradict, what
 * the configuration says; without the variables the configuration alone counts.
 */
export function hubEnvironment(env: Environment): Record<string, string | undefined> {
  const ours = new Set(ALL_SETTINGS.flatMap(([, { variables }]) => variables));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name)));
}
