import { type Fault, showGiven } from './faults.ts';
import type { Setting } from './parsers/setting.ts';
import { type Config, SETTINGS, type SettingName } from './settings/table.ts';

/** One place that gives a setting, with its value. */
export interface Given {
  readonly source: 'option' | 'environment' | 'file';
  /** As it is called in fault texts: the environment variable, `option <name>`, or the place in the file. */
  readonly place: string;
  /** The environment variable's name; undefined for other places. */
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
export interface UnusableValue {
  readonly setting: SettingName;
  readonly given: Given;
  readonly expected: string;
}

/**
 * The value of every setting and where it comes from, before and during the cross-checks. Unusable values become texts after
 * those, because a cross-check may change the value that is used instead.
 */
export interface ResolvedConfig {
  readonly values: { -readonly [K in SettingName]: Config[K] };
  /** The inputs of a setting's value, the winner first; none for a default. */
  readonly used: Map<SettingName, readonly Used[]>;
  readonly unusable: UnusableValue[];
}

/** The fault for a value, with the value that is in force instead. */
export function faultOf(value: UnusableValue, resolved: ResolvedConfig): Fault {
  const { setting, given, expected } = value;
  const { parser, secret }: Setting = SETTINGS[setting];
  const hidden =
    secret === true || (typeof given.raw === 'string' && parser.holdsSecret?.(given.raw) === true);
  const was = hidden ? 'has a value that is not shown here' : `is ${showGiven(given.raw)}`;
  const now = inForce(setting, given.place, resolved);
  return { setting, text: `${given.place} ${was}, but must be ${expected}; using ${now}` };
}

function inForce(setting: SettingName, complainedAbout: string, resolved: ResolvedConfig): string {
  const { parser, defaultText = 'none', secret }: Setting = SETTINGS[setting];
  const value = resolved.values[setting];
  const shown = value === undefined ? defaultText : parser.show(value);
  const place = resolved.used.get(setting)?.[0]?.given.place;
  if (place === undefined) return `the default, ${shown}`;
  if (secret === true) return `the value of ${place}`;
  return place === complainedAbout ? shown : `${shown} from ${place}`;
}
