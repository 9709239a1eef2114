import { parseDocument } from 'yaml';

/**
 * What a YAML text holds, with every scalar as the text it is written as: what it means is for the
 * reader to say, who knows what it must be. A password hash is never a number that way.
 * What is wrong is added to `faults`.
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
