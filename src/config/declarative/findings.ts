import { isDeepStrictEqual } from 'node:util';
import type { SettingName } from '../settings/table.ts';
import type { Entry } from './section.ts';

/** A setting as a configuration file gives it. */
export interface FileEntry extends Entry {
  /** As it would be written in the environment, or as an option has it. */
  readonly form: 'text' | 'data';
}

/** A configuration file's entries as pitot's settings, and the entries that pitot does not support. */
export class Findings {
  readonly given = new Map<SettingName, FileEntry[]>();
  /** Each with the reason in brackets, where the path says too little. */
  readonly unsupported: string[] = [];

  /** Sets a setting from the file. If values differ, the first one counts. */
  set(setting: SettingName, entry: Entry | undefined): void {
    if (entry === undefined) return;
    const [first] = this.given.get(setting) ?? [];
    if (first === undefined) this.given.set(setting, [{ ...entry, form: 'data' }]);
    else if (!isDeepStrictEqual(first.value, entry.value)) {
      this.leaveOut(entry.path, `${first.path} counts for all`);
    }
  }

  /** A value that counts together with those of earlier places, which win. */
  add(setting: SettingName, entry: Entry | undefined, form: FileEntry['form'] = 'data'): void {
    if (entry === undefined) return;
    this.given.set(setting, [...(this.given.get(setting) ?? []), { ...entry, form }]);
  }

  leaveOut(path: string, reason?: string): void {
    this.unsupported.push(reason === undefined ? path : `${path} (${reason})`);
  }
}

/** The entry with its value as `change` has it. */
export function mapped(entry: Entry | undefined, change: (value: unknown) => unknown): Entry | undefined {
  return entry === undefined ? undefined : { path: entry.path, value: change(entry.value) };
}
