import type { Setting } from '../parsers/setting.ts';
import { BEHAVIOUR } from './behaviour.ts';
import { ENDPOINT } from './endpoint.ts';
import { FORWARDING } from './forwarding.ts';
import { GENERAL } from './general.ts';
import { MEASURING } from './measuring.ts';
import { PROCESSES } from './processes.ts';

/**
 * The table of settings, in the order of docs/settings.md. Each file in settings/ holds a part.
 * Everything else about a setting follows from its entry: its place in `Config`, how it is read and checked, and, by
 * `npm run docs`, its option in boot-options.ts and its row in docs/settings.md.
 */
export const SETTINGS = {
  ...GENERAL,
  ...ENDPOINT,
  ...PROCESSES,
  ...MEASURING,
  ...FORWARDING,
  ...BEHAVIOUR,
} as const;

export type SettingName = keyof typeof SETTINGS;

type ValueOf<K extends SettingName> =
  (typeof SETTINGS)[K] extends Setting<infer T, infer D> ? T | Extract<D, undefined> : never;

/** All settings with the values in force: deeply frozen, plain data that can be posted to a worker. */
export type Config = { readonly [K in SettingName]: ValueOf<K> };

/** The table for code that goes through all of it. */
export const ALL_SETTINGS: readonly (readonly [SettingName, Setting])[] = (
  Object.keys(SETTINGS) as SettingName[]
).map((name) => [name, SETTINGS[name]]);
