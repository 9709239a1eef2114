import { accessSync, constants, statSync } from 'node:fs';
import type { Fault } from '../config/faults.ts';
import { ALL_SETTINGS, type Config } from '../config/settings.ts';

/** A fault for each file that a setting names and that cannot be read. */
export function faultsOfFiles(config: Config): Fault[] {
  return ALL_SETTINGS.flatMap(([setting, { kind, variables }]) => {
    const path = config[setting];
    if (kind.type !== 'path' || typeof path !== 'string') return [];
    const reason = unreadable(path);
    return reason === undefined
      ? []
      : [{ setting, text: `${variables.join(' or ')} names ${path}, which cannot be read: ${reason}` }];
  });
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? undefined : 'it is not a file';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
