import { readFileSync } from 'node:fs';
import { parseConfigFile } from '@opentelemetry/configuration';
import { parseDocument } from 'yaml';
import { reasonOf } from '../../base/reason.ts';
import type { SettingName } from '../settings/table.ts';
import type { FileEntry } from './findings.ts';
import { readModel, type Surroundings } from './model.ts';

/** The newest schema of which all that there is can be read. */
const NEWEST = '1.1';

/** What a declarative configuration file gives. */
interface Declared {
  readonly given: ReadonlyMap<SettingName, readonly FileEntry[]>;
  /** Lines about what is in the file and has no effect. */
  readonly complaints: readonly string[];
}

/** What makes a file of no use, a line each. */
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
    const text = readFileSync(path, 'utf8');
    const { errors } = parseDocument(text);
    if (errors.length > 0)
      // The rest of a message quotes the file.
      return { reasons: errors.map(({ message }) => message.replace(/:?\n.*/s, '')) };
    const model = parseConfigFile(path);
    const { given, unsupported } = readModel(model, surroundings);
    return { given, complaints: complaintsOf(text, model, unsupported) };
  } catch (error) {
    return { reasons: reasonsOf(error, path) };
  }
}

function complaintsOf(text: string, model: object, unsupported: readonly string[]): string[] {
  const complaints: string[] = [];
  const version = String(parseDocument(text).get('file_format')).split('-', 1)[0] ?? '';
  if (Number(version.split('.')[1] ?? 0) > Number(NEWEST.split('.')[1])) {
    complaints.push(`has the format ${version}, and what is newer than ${NEWEST} in it is not understood`);
  }
  if (!('meter_provider' in model)) complaints.push('has no meter_provider, so that nothing is measured');
  if (unsupported.length > 0) {
    complaints.push(`asks for what pitot does not do, which has no effect: ${unsupported.join(', ')}`);
  }
  return complaints;
}

/** The parser tells all it has found in one text, with the file before each and a line for each. */
function reasonsOf(error: unknown, path: string): string[] {
  const text = reasonOf(error);
  return text
    .replace('Invalid OpenTelemetry config file: ', '')
    .replace(`${path}: `, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
