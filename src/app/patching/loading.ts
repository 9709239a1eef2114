import { readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { join, sep } from 'node:path';
import { safely } from '../../base/safely.ts';

/** A file of a CommonJS package that the application has loaded. */
export interface LoadedPackage {
  /** What `require` of the file returns. */
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

/** By what is watched: see {@link whenLoaded}. */
const watches = new Map<string, Listener[]>();
/** The main file of each copy of a watched package, by the package's folder. */
const mains = new Map<string, string | undefined>();

/**
 * Calls `listener` for each copy of a CommonJS file of a package that is loaded, by `require` or by `import`, before
 * the module that asked for it goes on. Copies that are loaded already are told at once. Returns what ends that.
 *
 * The application sees nothing of this. Node.js assigns `loaded = false` in the constructor of each CommonJS module,
 * and reads `exports` when the module has run. pitot has an accessor for the first on `Module.prototype` while there
 * is anything to watch, and one for the second on the watched modules alone. So no module is loaded in another way,
 * no frame is added to the stack of a module that runs or fails, and a cached `require` costs what it costs without
 * pitot. `bench/loading.ts` compares the alternatives: a subscription to `tracing:module.require`, hooks of
 * `module.registerHooks`, and a replaced `Module._load`.
 *
 * @param watched a package (`pg`, for its main file), a file of a package (`ws/lib/websocket-server.js`), or
 *   a file of any package (`*\/lib/router/index.js`, for packages that are installed under another name)
 */
export function whenLoaded(watched: string, listener: Listener): () => void {
  if (watches.size === 0) watchModules();
  const listeners = watches.get(watched) ?? [];
  watches.set(watched, [...listeners, listener]);
  tellLoaded(watched, listener);
  return () => {
    const left = watches.get(watched)?.filter((one) => one !== listener) ?? [];
    if (left.length > 0) watches.set(watched, left);
    else watches.delete(watched);
    if (watches.size === 0) stopWatchingModules();
  };
}

const LOADED = 'loaded';
const plain = { writable: true, enumerable: true, configurable: true };

let isInstalled = false;
/** What was there before the accessor: that of another copy of pitot, if anything. */
let previous: PropertyDescriptor | undefined;

/** Runs in the constructor of each CommonJS module, so it must be out again at once. */
function setLoaded(this: NodeJS.Module, value: unknown): void {
  Object.defineProperty(this, LOADED, { ...plain, value });
  previous?.set?.call(this, value);
  const place = watches.size === 0 ? undefined : placeOf(this.id);
  if (place === undefined) return;
  const listeners = listenersFor(place);
  if (listeners.length > 0) whenRun(this, () => tell(listeners, place, this.exports));
}

function watchModules(): void {
  if (isInstalled) return;
  previous = Object.getOwnPropertyDescriptor(Module.prototype, LOADED);
  Object.defineProperty(Module.prototype, LOADED, {
    configurable: true,
    get: () => undefined,
    set: setLoaded,
  });
  isInstalled = true;
}

function stopWatchingModules(): void {
  // Another copy of pitot may have put its accessor on top, which goes on to call this one.
  if (Object.getOwnPropertyDescriptor(Module.prototype, LOADED)?.set !== setLoaded) return;
  if (previous === undefined) Reflect.deleteProperty(Module.prototype, LOADED);
  else Object.defineProperty(Module.prototype, LOADED, previous);
  isInstalled = false;
}

/** Calls `listener` when the module has run, before anything else has its exports. */
function whenRun(module: NodeJS.Module, listener: () => void): void {
  let { exports } = module;
  Object.defineProperty(module, 'exports', {
    configurable: true,
    enumerable: true,
    get() {
      if (!module.loaded) return exports;
      Object.defineProperty(module, 'exports', { ...plain, value: exports });
      listener();
      return exports;
    },
    set(value) {
      exports = value;
    },
  });
}

function tellLoaded(watched: string, listener: Listener): void {
  safely(`watching for ${watched}`, () => {
    for (const module of Object.values(createRequire(import.meta.url).cache)) {
      const place = module?.loaded === true ? placeOf(module.id) : undefined;
      if (place !== undefined && isPlaceOf(watched, place)) tell([listener], place, module?.exports);
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
  const ofFile = [watches.get(`${name}/${file}`), watches.get(`*/${file}`)];
  const ofPackage = watches.get(name);
  if (ofPackage !== undefined && isMain(place)) ofFile.push(ofPackage);
  return ofFile.flatMap((listeners) => listeners ?? []);
}

function isPlaceOf(watched: string, place: Place): boolean {
  const { name, file } = place;
  if (watched === name) return isMain(place);
  return watched === `${name}/${file}` || watched === `*/${file}`;
}

/** Whether a `require` of the package's name loads the file. */
function isMain({ name, folder, file }: Place): boolean {
  if (!mains.has(folder)) {
    let main: string | undefined;
    try {
      main = createRequire(join(folder, 'package.json')).resolve(name);
    } catch {
      // A package without a main file.
    }
    mains.set(folder, main);
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
