import { fileURLToPath } from 'node:url';
import { moduleOfPackage, requireOfPackage } from '../base/package-files.ts';
import { reasonOf } from '../base/reason.ts';
import type { Fault } from './faults.ts';
import { textOf } from './parsers/parser.ts';
import type { Given, Used } from './resolved-config.ts';
import { ALL_SETTINGS, type SettingName } from './settings/table.ts';

/** The settings from the configuration file. */
export interface Declaration {
  readonly given: ReadonlyMap<SettingName, readonly Given[]>;
  /** Whether it cannot be used: then pitot is off, whatever else is given. */
  readonly isUseless: boolean;
}

/** Settings for which the schema has a place, although pitot's variable for them is its own or there is none. */
const STANDARD: readonly SettingName[] = ['configFile', 'scopeLabels', 'translationStrategy', 'views'];

/** Settings whose variables are OpenTelemetry's, and for which the schema has no place. */
const WITHOUT_A_PLACE: readonly SettingName[] = ['sources', 'disabledSources'];

/**
 * The settings in the configuration file; undefined where no file is named. An unusable file switches pitot off,
 * because pitot cannot guess its content, for instance where metrics go.
 */
export function declarationOf(
  path: unknown,
  [named]: readonly Used[],
  env: Readonly<Record<string, string | undefined>>,
  faults: Fault[],
): Declaration | undefined {
  if (typeof path !== 'string' || named === undefined) return undefined;
  const where = `${named.given.place} names ${path}, which`;
  const declared = read(path, textOf(env.OTEL_SERVICE_NAME));
  if ('reasons' in declared) {
    const { reasons } = declared;
    faults.push(
      ...reasons.map((reason) => ({
        setting: 'configFile',
        text: `${where} cannot be used: ${reason}; nothing is measured until it can`,
      })),
    );
    const disabled = givenBy(path, { path: '', form: 'data', value: true });
    return { given: new Map([['disabled', [disabled]]]), isUseless: true };
  }
  faults.push(...declared.problems.map((text) => ({ setting: 'configFile', text: `${where} ${text}` })));
  const given = [...declared.given].map(
    ([name, entries]) => [name, entries.map((entry) => givenBy(path, entry))] as const,
  );
  return { given: new Map(given), isUseless: false };
}

/** Reads the file. Never throws, even if the reader cannot be loaded. */
function read(path: string, detectedService: string | undefined) {
  try {
    return load().readDeclaration(path, { own: ownSettings(), detectedService });
  } catch (error) {
    return { reasons: [reasonOf(error)] };
  }
}

function givenBy(
  file: string,
  { path, form, value }: { readonly path: string; readonly form: Given['form']; readonly value: unknown },
): Given {
  const place = path === '' ? file : `${path} in ${file}`;
  return { source: 'file', place, variable: undefined, form, raw: value };
}

/** By their names under `distribution.pitot`, which are those of options in the schema's spelling. */
function ownSettings(): Readonly<Record<string, SettingName>> {
  const own = ALL_SETTINGS.filter(
    ([name, { variables }]) =>
      !STANDARD.includes(name) &&
      (WITHOUT_A_PLACE.includes(name) || variables.every((variable) => variable.startsWith('PITOT_'))),
  );
  return Object.fromEntries(
    own.map(([name]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name]),
  );
}

/** Loaded here and at once, because `boot()` starts at once and most services have no such file. */
function load(): typeof import('./declarative/file.ts') {
  return requireOfPackage()(fileURLToPath(moduleOfPackage('config/declarative/file')));
}
