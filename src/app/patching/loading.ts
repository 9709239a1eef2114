import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isObject } from './replace-method.ts';

/** A CommonJS package that the application has loaded. */
export interface LoadedPackage {
  /** What `require` of the package gives. */
  readonly exports: unknown;
  /** As its package.json says, or ''. */
  readonly version: string;
  readonly folder: string;
}

interface Watch {
  readonly listener: (loaded: LoadedPackage) => void;
  /** A file that ES modules load in the place of the main one, within the package's folder. */
  readonly inner: string | undefined;
  /** The exports of each copy that the listener knows. */
  readonly told: WeakSet<object>;
}

/** Of what Node.js publishes, when it has run a CommonJS module or found it in its cache. */
interface Required {
  /** As it was asked for: the name of a package, or the file that an ES module imports. */
  readonly id: string;
  readonly parentFilename: string | undefined;
  readonly result: unknown;
}

const CHANNEL = 'tracing:module.require:end';

const watches = new Map<string, Watch>();

/**
 * Tells of each copy of a CommonJS package that is loaded from now on, by `require` or by `import`, before whoever
 * asked for it has it. A name can be watched for once at a time. Returns what ends that.
 *
 * Node.js publishes what it has loaded (Node.js 22, "TracingChannel Channels", `module.require`). Therefore no hook
 * of the loader is needed, and nothing of the application is loaded in another way than without this.
 *
 * @param listener must not throw
 * @param inner for a package whose ES modules load a file of it that is not the main one: its path in the
 *   package, with `/`. What it exports is told as well.
 */
export function whenLoaded(
  name: string,
  listener: (loaded: LoadedPackage) => void,
  inner?: string,
): () => void {
  if (watches.size === 0) subscribe(CHANNEL, onRequired);
  watches.set(name, { listener, inner, told: new WeakSet() });
  return () => {
    watches.delete(name);
    if (watches.size === 0) unsubscribe(CHANNEL, onRequired);
  };
}

/** Called for every `require` in the process: what is none of ours must be out again at once. */
function onRequired(message: unknown): void {
  const { id, parentFilename, result } = message as Required;
  const name = watches.has(id) ? id : isAbsolute(id) ? packageOf(id) : undefined;
  const watch = name === undefined ? undefined : watches.get(name);
  if (name === undefined || watch === undefined || !isObject(result) || watch.told.has(result)) return;
  const base = isAbsolute(id) ? id : parentFilename;
  if (base === undefined) return;
  const loaded = described(name, base, result);
  if (loaded === undefined || (isAbsolute(id) && !isMain(name, id) && !isInner(watch, loaded, id))) {
    return;
  }
  watch.told.add(result);
  watch.listener(loaded);
}

/** The name of the package that a file belongs to, by its path. */
function packageOf(file: string): string | undefined {
  return /^.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/s.exec(file)?.[1]?.replace('\\', '/');
}

/** Whether the file is what the package gives to a `require` of its name. */
function isMain(name: string, file: string): boolean {
  try {
    return createRequire(file).resolve(name) === file;
  } catch {
    return false;
  }
}

function isInner({ inner }: Watch, { folder }: LoadedPackage, file: string): boolean {
  return inner !== undefined && join(folder, inner) === file;
}

/** @param base a file that finds the package under its name */
function described(name: string, base: string, exports: object): LoadedPackage | undefined {
  try {
    const manifest = findPackageJSON(name, pathToFileURL(base));
    if (manifest === undefined) return undefined;
    const { version }: { version?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
    return { exports, version: typeof version === 'string' ? version : '', folder: dirname(manifest) };
  } catch {
    return undefined;
  }
}
