import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startDryRun } from '../../base/dry-run.ts';
import { reasonOf } from '../../base/reason.ts';
import type { Fault } from '../../config/faults.ts';
import type { SettingOptions } from '../../config/settings/boot-options.ts';

/** The names by which the documentation and `pitot init` call the file that starts pitot. */
const NAMES = ['mjs', 'js', 'cjs', 'mts', 'ts', 'cts'].map((extension) => `instrumentation.${extension}`);

/** An import of pitot or of one of its doors. */
const USES_PITOT = /['"]pitot(?:\/[\w-]+)?['"]/;

/** The file in a directory that starts pitot, by its name and its content. */
export function findInstrumentation(directory: string): string | undefined {
  return NAMES.map((name) => resolve(directory, name)).find((path) => {
    try {
      return USES_PITOT.test(readFileSync(path, 'utf8'));
    } catch {
      return false;
    }
  });
}

/** The options of a file, or why they are not known. */
interface Found {
  readonly options: SettingOptions;
  readonly fault?: Fault;
  readonly warning?: string;
}

/**
 * The options that a file gives to its first `boot()`. The file is imported, and so runs; `boot()` starts nothing. A
 * file may call it later, as the `register()` of Next.js does; then a warning says that its options are not known.
 */
export async function optionsOf(file: string): Promise<Found> {
  const calls: Readonly<Record<string, unknown>>[] = [];
  startDryRun((options) => calls.push(options));
  try {
    await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const text = `${file} cannot be imported: ${reasonOf(error)}`;
    return { options: {}, fault: { setting: 'boot()', text } };
  }
  const [first] = calls;
  if (first === undefined) {
    return {
      options: {},
      warning: `${file} did not call boot() when it was imported; its options are not known.`,
    };
  }
  return { options: Object.fromEntries(Object.entries(first).filter(([name]) => !FUNCTIONS.includes(name))) };
}

/** The options that are functions: they are not settings. */
const FUNCTIONS = ['httpAttributes'];
