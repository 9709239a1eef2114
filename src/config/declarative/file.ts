import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { substituteEnvVars } from '../../../node_modules/@opentelemetry/configuration/dist/utils.mjs';
import { isObject } from '../../base/is-object.ts';
import { reasonOf } from '../../base/reason.ts';
import type { SettingName } from '../settings/table.ts';
import type { FileEntry } from './findings.ts';
import { readModel, type Surroundings } from './model.ts';
import { validate } from './schema.ts';

/** The schema's release that the validator is of. */
const KNOWN = { major: 1, minor: 1 };

/** The content of a declarative configuration file. */
interface Declared {
  readonly given: ReadonlyMap<SettingName, readonly FileEntry[]>;
  /** Lines about entries of the file that have no effect. */
  readonly problems: readonly string[];
}

/** The reasons why pitot cannot use a file, a line each. */
interface Useless {
  readonly reasons: readonly string[];
}

/**
 * Reads a configuration file of OpenTelemetry's declarative configuration, with `${VARIABLE}` replaced from
 * the process's environment. Never throws. (configuration/sdk.md, "Parse"; configuration/data-model.md)
 *
 * Loaded only where such a file is named: the schema is large.
 */
export function readDeclaration(path: string, surroundings: Surroundings): Declared | Useless {
  try {
    const document = parseDocument(readFileSync(path, 'utf8'), { version: '1.2' });
    if (document.errors.length > 0)
      // The rest of a message quotes the file.
      return { reasons: document.errors.map(({ message }) => message.replace(/:?\n.*/s, '')) };
    substituteEnvVars(document);
    const model: unknown = document.toJS();
    const format = formatOf(model);
    if (format === undefined) {
      return { reasons: [`Unsupported file_format: pitot reads ${KNOWN.major}.x, as in file_format: "1.1"`] };
    }
    const { reasons, unknown } = validate(model);
    if (reasons.length > 0) return { reasons };
    const { given, unsupported } = readModel(model, surroundings);
    return { given, problems: problemsOf(model, format, [...new Set([...unsupported, ...unknown])]) };
  } catch (error) {
    return { reasons: [reasonOf(error)] };
  }
}

/** The minor release of the schema that the file is written for; undefined where it is of another major release. */
function formatOf(model: unknown): number | undefined {
  const written = isObject(model) && 'file_format' in model ? String(model.file_format) : '';
  const [, major, minor = '0'] = /^(\d+)(?:\.(\d+))?(?:[.-].*)?$/.exec(written) ?? [];
  return Number(major) === KNOWN.major ? Number(minor) : undefined;
}

function problemsOf(model: unknown, minor: number, unsupported: readonly string[]): string[] {
  const problems: string[] = [];
  if (minor > KNOWN.minor) {
    const { major } = KNOWN;
    problems.push(
      `has the format ${major}.${minor}, and what is newer than ${major}.${KNOWN.minor} in it is not understood`,
    );
  }
  if (!isObject(model) || !('meter_provider' in model)) {
    problems.push('has no meter_provider, so that nothing is measured');
  }
  if (unsupported.length > 0) {
    problems.push(`asks for what pitot does not do, which has no effect: ${unsupported.join(', ')}`);
  }
  return problems;
}
