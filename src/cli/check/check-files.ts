import { accessSync, constants, statSync } from 'node:fs';
import { reasonOf } from '../../base/reason.ts';
import type { Fault } from '../../config/faults.ts';
import { ALL_SETTINGS, type Config, type SettingName } from '../../config/settings/table.ts';

/** A fault for each file that a setting names and pitot cannot read. */
export function faultsOfFiles(
  config: Config,
  places: Readonly<Partial<Record<SettingName, string>>>,
): Fault[] {
  return ALL_SETTINGS.flatMap(([setting, { parser, variables }]) => {
    const path = config[setting];
    if (parser.type !== 'path' || typeof path !== 'string') return [];
    const reason = unreadable(path);
    const place = places[setting] ?? variables.join(' or ');
    return reason === undefined
      ? []
      : [{ setting, text: `${place} names ${path}, which cannot be read: ${reason}` }];
  });
}

/** The reason why a file cannot be read; undefined if it can. */
export function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? undefined : 'it is not a file';
  } catch (error) {
    return reasonOf(error);
  }
}
