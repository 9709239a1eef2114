import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { safely, warnOnce } from '../../base/safely.ts';
import { stopWatchingModules, watchModules, whenRun } from '../foreign/commonjs-modules.ts';

/** A file of a CommonJS package that the application has loaded. */
export interface LoadedPackage {
  /** The exports of the file, as `require` returns them. */
  readonly exports: unknown;
  /** The package's version by its package.json, or ''. */
  readonly version: string;
  readonly folder: string;
}

type Listener = (loaded: LoadedPackage) => void;

/** Where a file is: in `…/node_modules/<name>`. */
interface Place {
  readonly name: string;
  readonly folder: string;
  /** The path within the folder, with `/`. */
  readonly file: string;
}

const NODE_MODULES = `node_modules${sep}`;
/** In the place of a package: any package. */
const ANY = '*';
/** In the place of a file: the package's main file. */
const MAIN = '';
const NONE: readonly Listener[] = [];

/**
 * The listeners by package and file. Nearly all modules that a process loads belong to packages that are not watched,
 * so they cost a look-up by the package's name, and one by the file's for {@link ANY}. (bench/loading.ts)
 */
const watches = new Map<string, Map<string, readonly Listener[]>>();
/** All modules of this thread. `createRequire` makes a module each time, so one call serves all watches. */
let cache: NodeJS.Dict<NodeJS.Module> | undefined;
/** The main file of each copy of a watched package, by the package's folder. */
const mains = new Map<string, string | undefined>();

/**
 * Calls `listener` for each copy of a CommonJS file of a package that is loaded, by `require` or by `import`, before
 * the module that asked for it goes on. Copies that are loaded already are told at once. Returns what ends that.
 *
 * The application sees nothing of this: see {@link watchModules}. `bench/loading.ts` compares the alternatives: a
 * subscription to `tracing:module.require`, hooks of `module.registerHooks`, and a replaced `Module._load`.
 *
 * @param watched a package (`pg`, for its main file), a file of a package (`ws/lib/websocket-server.js`), or
 *   a file of any package (`*\/lib/router/index.js`, for packages that are installed under another name)
 */
export function whenLoaded(watched: string, listener: Listener): () => void {
  if (watches.size === 0 && !watchModules(onModule)) {
    warnOnce(
      'loading',
      `pitot cannot tell which packages Node.js ${process.version} loads; it measures those that are loaded already. ` +
        'Load them before pitot, or use a version of Node.js that pitot was tested with.',
    );
  }
  const [name, file] = partsOf(watched);
  const ofPackage = watches.get(name) ?? new Map<string, readonly Listener[]>();
  watches.set(name, ofPackage);
  ofPackage.set(file, [...(ofPackage.get(file) ?? []), listener]);
  tellLoaded(name, file, listener);
  return () => forget(name, file, listener);
}

function forget(name: string, file: string, listener: Listener): void {
  const ofPackage = watches.get(name);
  const left = ofPackage?.get(file)?.filter((one) => one !== listener) ?? [];
  if (left.length > 0) ofPackage?.set(file, left);
  else ofPackage?.delete(file);
  if (ofPackage?.size === 0) watches.delete(name);
  if (watches.size === 0) stopWatchingModules();
}

function partsOf(watched: string): readonly [name: string, file: string] {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(watched)?.[0] ?? watched;
  return [name, watched.slice(name.length + 1)];
}

/** Runs for each CommonJS module before it does, so it must be out again at once. */
function onModule(module: NodeJS.Module): void {
  const place = placeOf(module.id);
  if (place === undefined) return;
  const listeners = listenersFor(place);
  if (listeners.length > 0) whenRun(module, () => tell(listeners, place, module.exports));
}

function tellLoaded(name: string, file: string, listener: Listener): void {
  safely(`watching for ${name}`, () => {
    cache ??= createRequire(process.execPath).cache;
    for (const module of Object.values(cache)) {
      const place = module?.loaded === true ? placeOf(module.id) : undefined;
      if (place === undefined || (name !== ANY && name !== place.name)) continue;
      if (file === MAIN ? isMain(place) : file === place.file) tell([listener], place, module?.exports);
    }
  });
}

function tell(listeners: readonly Listener[], { name, folder }: Place, exports: unknown): void {
  const loaded = { exports, version: versionOf(folder), folder };
  for (const listener of listeners) safely(`what watches for ${name}`, () => listener(loaded));
}

/** The package that a file belongs to, by its path. */
function placeOf(path: unknown): Place | undefined {
  if (typeof path !== 'string') return undefined;
  const at = path.lastIndexOf(NODE_MODULES);
  if (at < 0) return undefined;
  const start = at + NODE_MODULES.length;
  let end = path.indexOf(sep, start);
  if (path.charAt(start) === '@') end = path.indexOf(sep, end + 1);
  if (end < 0) return undefined;
  const place = { name: path.slice(start, end), folder: path.slice(0, end), file: path.slice(end + 1) };
  if (sep === '/') return place;
  return { ...place, name: place.name.replace(sep, '/'), file: place.file.replaceAll(sep, '/') };
}

function listenersFor(place: Place): readonly Listener[] {
  const { name, file } = place;
  const ofFile = watches.get(ANY)?.get(file) ?? NONE;
  const ofPackage = watches.get(name);
  if (ofPackage === undefined) return ofFile;
  const ofMain = ofPackage.has(MAIN) && isMain(place) ? ofPackage.get(MAIN) : undefined;
  return [...(ofPackage.get(file) ?? NONE), ...ofFile, ...(ofMain ?? NONE)];
}

/** Whether a `require` of the package's name loads the file. */
function isMain({ name, folder, file }: Place): boolean {
  if (!mains.has(folder)) {
    // `createRequire` makes a module in the folder, which comes here again.
    mains.set(folder, undefined);
    try {
      mains.set(folder, createRequire(join(folder, 'package.json')).resolve(name));
    } catch {
      // A package without a main file.
    }
  }
  return mains.get(folder) === join(folder, file);
}

function versionOf(folder: string): string {
  try {
    const { version }: { version?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return typeof version === 'string' ? version : '';
  } catch {
    return '';
  }
}
