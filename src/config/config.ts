import { crossCheck } from './cross-checks.ts';
import { type Declaration, declarationOf } from './declaration.ts';
import { type Fault, showGiven, unknownName } from './faults.ts';
import { textOf } from './parsers/parser.ts';
import type { Setting } from './parsers/setting.ts';
import {
  faultOf,
  type Given,
  type ResolvedConfig,
  type UnusableValue,
  type Used,
} from './resolved-config.ts';
import type { SettingOptions } from './settings/boot-options.ts';
import { ALL_SETTINGS, type Config, type SettingName } from './settings/table.ts';

type Source = Given['source'] | 'default';

export type Environment = Readonly<Record<string, string | undefined>>;

interface Reading {
  readonly config: Config;
  /** Everything that cannot be used as it was given; the configuration is valid all the same. */
  readonly faults: readonly Fault[];
  /** Where each value comes from; of values that count together, the place that wins. */
  readonly sources: Readonly<Record<SettingName, Source>>;
  /** The name of the place: a variable, an option, or a path in the configuration file. */
  readonly places: Readonly<Partial<Record<SettingName, string>>>;
}

/**
 * The configuration from `boot()`'s options, the environment and the configuration file that these may name:
 * an option wins over the environment, the environment over the file, the file over the default. With a file, only
 * pitot's own variables count. Never throws; it reports an unusable value and goes on to the next place.
 * Each setting's fault names the first place with an unusable value. Places below a usable one are not read.
 */
export function readConfig(options: SettingOptions, env: Environment): Reading {
  const values: Record<string, unknown> = {};
  const used = new Map<SettingName, readonly Used[]>();
  const unusable: UnusableValue[] = [];
  const faults: Fault[] = [];
  const given = optionsOf(options, faults);
  let file: Declaration | undefined;

  for (const [name, setting] of ALL_SETTINGS) {
    const usable = usableOf(name, setting, placesOf(name, setting, given, env, file), values, unusable);
    values[name] = combine(setting, usable);
    if (usable.length > 0) used.set(name, usable);
    if (name === 'configFile') file = declarationOf(values.configFile, usable, env, faults);
  }

  const resolved: ResolvedConfig = { values: values as ResolvedConfig['values'], used, unusable };
  crossCheck(resolved);
  faults.push(...unusable.map((value) => faultOf(value, resolved)), ...unknownVariables(env));
  const places = Object.fromEntries([...used].map(([name, [first]]) => [name, first?.given.place]));
  return { config: freeze(resolved.values), faults, sources: sourcesOf(used), places };
}

/** The options by name, without those that are undefined. Reports names that are no setting's. */
function optionsOf(options: unknown, faults: Fault[]): ReadonlyMap<string, unknown> {
  if (typeof options !== 'object' || options === null) {
    const text = `the options given to boot() are ${showGiven(options)}, but must be an object; using none`;
    if (options !== undefined) faults.push({ setting: 'options', text });
    return new Map();
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const known = ALL_SETTINGS.map(([name]) => name);
  for (const [name] of given) {
    if (!known.some((setting) => setting === name)) faults.push(unknownName('option', name, known));
  }
  return new Map(given);
}

/** Variables named as pitot's own that are none. An empty one counts as not there. */
function unknownVariables(env: Environment): readonly Fault[] {
  const known = ALL_SETTINGS.flatMap(([, { variables }]) => variables);
  const own = known.filter((name) => name.startsWith('PITOT_'));
  return Object.keys(env)
    .filter((name) => name.startsWith('PITOT_') && !own.includes(name) && textOf(env[name]) !== undefined)
    .map((name) => unknownName('environment variable', name, own));
}

/** Where the setting is given, what wins first. An empty variable counts as not there ("Parsing empty value"). */
function placesOf(
  name: SettingName,
  { variables }: Setting,
  options: ReadonlyMap<string, unknown>,
  env: Environment,
  file: Declaration | undefined,
): readonly Given[] {
  const declared = file?.given.get(name) ?? [];
  if (file?.isUseless === true && declared.length > 0) return declared;
  const places: Given[] = [];
  if (options.has(name)) {
    const raw = options.get(name);
    places.push({ source: 'option', place: `option ${name}`, variable: undefined, form: 'data', raw });
  }
  for (const variable of variables) {
    const raw = textOf(env[variable]);
    if (raw === undefined || (file !== undefined && !variable.startsWith('PITOT_'))) continue;
    places.push({ source: 'environment', place: variable, variable, form: 'text', raw });
  }
  return [...places, ...declared];
}

function usableOf(
  setting: SettingName,
  { parser }: Setting,
  places: readonly Given[],
  above: Readonly<Record<string, unknown>>,
  unusable: UnusableValue[],
): readonly Used[] {
  const usable: Used[] = [];
  for (const given of places) {
    if (usable.length > 0 && parser.merge === undefined) break;
    const { form, variable, raw } = given;
    const parsed = parser.parse(raw, { source: form === 'data' ? 'option' : 'environment', variable, above });
    if (parsed?.complete !== true) {
      unusable.push({ setting, given, expected: parsed?.expected ?? parser.expected });
    }
    if (parsed !== undefined) usable.push({ given, value: parsed.value });
  }
  return usable;
}

function combine({ parser, default: fallback }: Setting, usable: readonly Used[]): unknown {
  const [first, ...rest] = usable;
  if (first === undefined) return fallback;
  return rest.reduce((over, { value }) => parser.merge?.(over, value), first.value);
}

function sourcesOf(used: ResolvedConfig['used']): Reading['sources'] {
  const sources: Partial<Record<SettingName, Source>> = {};
  for (const [name] of ALL_SETTINGS) sources[name] = used.get(name)?.[0]?.given.source ?? 'default';
  return sources as Reading['sources'];
}

function freeze<T>(value: T): T {
  // The options of an exporter may hold anything that can be copied: bytes, which cannot be frozen, and circles.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) {
    return value;
  }
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
