import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { reasonOf } from '../../base/reason.ts';
import { adapt } from './adapt.ts';
import { type File, fileAt, filesOf } from './material.ts';
import type { Choice, Wanted } from './parts.ts';

/** The fate of a file. `different` means that it exists with another text. */
type State = 'new' | 'same' | 'different';

export interface Planned extends File {
  readonly state: State;
}

/** All files for the project, compared with the existing ones. Throws if one that exists cannot be read. */
export function planned(directory: string, choice: Wanted): Planned[] {
  const folders = choice.parts.filter((part) => part !== 'instrumentation');
  const own = choice.parts.includes('instrumentation') ? [instrumentation(choice)] : [];
  const runbooks = choice.parts.includes('prometheus') ? [fileAt('docs/alerts.md')] : [];
  const material = [...folders.flatMap(filesOf), ...runbooks];
  const adapted = material.map((file) => adapt(file, choice)).filter((file) => file !== undefined);
  return [...own, ...adapted].map((file) => ({
    ...file,
    state: stateOf(join(directory, file.path), file.text),
  }));
}

/** Writes new and different files. Throws at the first that cannot be written, with the number of those before it. */
export function write(directory: string, files: readonly Planned[]): void {
  const changed = files.filter(({ state }) => state !== 'same');
  for (const [count, { path, text }] of changed.entries()) {
    const target = join(directory, path);
    try {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    } catch (error) {
      const written = count === 0 ? 'nothing is written' : `${count} of ${changed.length} files are written`;
      throw new Error(`${written}: ${target} cannot be written: ${reasonOf(error)}`);
    }
  }
}

function instrumentation({ service, port }: Choice): File {
  const text = `// Starts pitot before the application: node --import ./instrumentation.mjs app.js
// Environment variables win over the values here; all settings: node_modules/pitot/docs/settings.md
import { boot } from 'pitot';

boot({
  serviceName: process.env.OTEL_SERVICE_NAME || '${service}',
  port: Number(process.env.OTEL_EXPORTER_PROMETHEUS_PORT || ${port}),
});
`;
  return { path: 'instrumentation.mjs', text };
}

function stateOf(path: string, text: string): State {
  try {
    return readFileSync(path, 'utf8') === text ? 'same' : 'different';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'new';
    throw new Error(`nothing is written: ${path} cannot be read: ${reasonOf(error)}`);
  }
}
