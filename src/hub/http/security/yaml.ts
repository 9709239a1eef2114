import { parseDocument } from 'yaml';

/**
 * The data of a YAML text, with every scalar as it is written. Each reader knows the type that it needs, and a password
 * hash never becomes a number. Adds faults of the YAML to `faults`.
 */
export function readYaml(text: string, faults: string[]): unknown {
  const document = parseDocument(text, {
    schema: 'failsafe',
    merge: true,
    stringKeys: true,
    logLevel: 'error',
  });
  // The lines after the first one show the place in the text, which may be a secret.
  const wrong = [...document.errors, ...document.warnings].map(
    ({ message }) => message.split('\n')[0]?.replace(/:$/, '') ?? '',
  );
  if (wrong.length === 0) {
    try {
      return document.toJS();
    } catch (error) {
      wrong.push(error instanceof Error ? error.message : String(error));
    }
  }
  faults.push(...wrong.map((line) => `is no valid YAML: ${line}`));
  return undefined;
}
