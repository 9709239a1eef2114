import { readConfig } from '../config/config.ts';
import { type Fault, formatFaults } from '../config/faults.ts';
import type { SettingOptions } from '../config/settings/boot-options.ts';
import type { Config, SettingName } from '../config/settings/table.ts';
import { applicationEnvironment } from './hub-client/application-environment.ts';

/**
 * Options that take effect only where pitot starts: automatic sources and existing series follow them. The hub reads
 * all others, and can be replaced by one with other settings.
 */
const FIXED: ReadonlySet<string> = new Set<SettingName>([
  ...(['configFile', 'disabled', 'sources', 'disabledSources', 'webSockets'] as const),
  ...(['http', 'httpKnownMethods', 'httpExcludedPaths', 'httpTrustProxy'] as const),
  ...(['seriesLimit', 'seriesLimits', 'seriesIdle', 'redact', 'redactKey', 'views'] as const),
  ...(['exponentialHistograms', 'histogramAggregation', 'temporality'] as const),
  ...(['translationStrategy', 'exemplarFilter', 'promClient', 'defaultMetrics', 'stallCauses'] as const),
]);

export interface LateOptions {
  /** The options of the start, and those of the later ones that can take effect. */
  readonly options: SettingOptions;
  /** The settings that follow; `undefined` if they are the same as before. */
  readonly config: Config | undefined;
  /** Names of options that cannot take effect. */
  readonly ignored: readonly string[];
  /** The fault of the later options; '' if they have none. */
  readonly faults: string;
}

/**
 * Sorts options that come when pitot is running. Options that give a setting the value it has are neither.
 *
 * @param before the options of the start @param running the settings that they became
 */
export function lateOptions(
  before: SettingOptions,
  running: Config,
  late: Readonly<Record<string, unknown>>,
): LateOptions {
  const env = applicationEnvironment(process.env);
  const given = Object.keys(late).filter((name) => late[name] !== undefined);
  const asked = readConfig({ ...before, ...late }, env);
  const isChanged = (name: string) =>
    !(name in running) || !isEqual(name as SettingName, asked.config, running);
  const changed = given.filter(isChanged);
  const ignored = changed.filter((name) => FIXED.has(name) || !(name in running));
  const live = changed.filter((name) => !ignored.includes(name));
  const options = { ...before, ...Object.fromEntries(live.map((name) => [name, late[name]])) };
  const faults = asked.faults.filter(({ setting }: Fault) => given.includes(setting));
  return {
    options,
    config: live.length === 0 ? undefined : readConfig(options, env).config,
    ignored,
    faults: faults.length === 0 ? '' : formatFaults(faults),
  };
}

/** Settings consist of what JSON has, and of expressions, which are written as they are given. */
function isEqual(name: SettingName, one: Config, other: Config): boolean {
  return JSON.stringify(one[name]) === JSON.stringify(other[name]);
}
