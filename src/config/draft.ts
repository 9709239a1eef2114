import { type Fault, showGiven } from './faults.ts';
import type { Setting } from './parsers/setting.ts';
import { type Config, SETTINGS, type SettingName } from './settings/table.ts';

/** One place in which a setting was given, with what was given there. */
export interface Given {
  readonly source: 'option' | 'environment' | 'file';
  /** As it is called in fault texts: the environment variable, `option <name>`, or the place in the file. */
  readonly place: string;
  /** The environment variable's name; undefined for what is given elsewhere. */
  readonly variable: string | undefined;
  /** Whether it is written as in the environment, or is data as an option is. */
  readonly form: 'text' | 'data';
  readonly raw: unknown;
}

/** A given value that is in force, alone or together with others. */
export interface Used {
  readonly given: Given;
  readonly value: unknown;
}

/** Something given that cannot be used as it was given; `expected` completes "must be …". */
export interface Complaint {
  readonly setting: SettingName;
  readonly given: Given;
  readonly expected: string;
}

/**
 * A configuration in the making. Complaints become texts only at the end, because what is used instead
 * may still change until then.
 */
export interface Draft {
  readonly values: { -readonly [K in SettingName]: Config[K] };
  /** What the value of a setting was made of, what wins first; nothing for a default. */
  readonly used: Map<SettingName, readonly Used[]>;
  readonly complaints: Complaint[];
}

/** The fault for a complaint, saying what the finished draft has in force. */
export function faultOf(complaint: Complaint, draft: Draft): Fault {
  const { setting, given, expected } = complaint;
  const { kind, secret }: Setting = SETTINGS[setting];
  const hidden = secret === true || (typeof given.raw === 'string' && kind.holdsSecret?.(given.raw) === true);
  const was = hidden ? 'has a value that is not shown here' : `is ${showGiven(given.raw)}`;
  const now = inForce(setting, given.place, draft);
  return { setting, text: `${given.place} ${was}, but must be ${expected}; using ${now}` };
}

function inForce(setting: SettingName, complainedAbout: string, draft: Draft): string {
  const { kind, defaultText = 'none', secret }: Setting = SETTINGS[setting];
  const value = draft.values[setting];
  const shown = value === undefined ? defaultText : kind.show(value);
  const place = draft.used.get(setting)?.[0]?.given.place;
  if (place === undefined) return `the default, ${shown}`;
  if (secret === true) return `the value of ${place}`;
  return place === complainedAbout ? shown : `${shown} from ${place}`;
}
