import { Module } from 'node:module';

type Listener = (module: NodeJS.Module) => void;

const LOADED = 'loaded';
const plain = { writable: true, enumerable: true, configurable: true };

let listener: Listener | undefined;
let isInstalled = false;
/** The property before the accessor: that of another copy of pitot, if any. */
let previous: PropertyDescriptor | undefined;

/**
 * Calls `onModule` with each CommonJS module that is made from now on, before it runs. There is one such listener, and
 * it must not throw.
 *
 * An accessor on `Module.prototype` gets the assignment `this.loaded = false` of the constructor. So modules load as they
 * would without pitot, no stack gets another frame, and a cached `require` costs no more.
 *
 * Rests on: the constructor of modules assigns `loaded`, and `id` before it. Checked with Node.js 22.15 to 26.12.
 *
 * @returns false if this version of Node.js does not assign it: then nothing is watched
 */
export function watchModules(onModule: Listener): boolean {
  if (!isInstalled) {
    previous = Object.getOwnPropertyDescriptor(Module.prototype, LOADED);
    Object.defineProperty(Module.prototype, LOADED, {
      configurable: true,
      get: () => undefined,
      set: setLoaded,
    });
    isInstalled = true;
  }
  let isSeen = false;
  listener = () => {
    isSeen = true;
  };
  new Module('pitot');
  if (isSeen) listener = onModule;
  else stopWatchingModules();
  return isSeen;
}

export function stopWatchingModules(): void {
  listener = undefined;
  // Another copy of pitot may have put its accessor on top, which goes on to call this one.
  if (Object.getOwnPropertyDescriptor(Module.prototype, LOADED)?.set !== setLoaded) return;
  if (previous === undefined) Reflect.deleteProperty(Module.prototype, LOADED);
  else Object.defineProperty(Module.prototype, LOADED, previous);
  isInstalled = false;
}

/** Runs in the constructor of each CommonJS module, so it must be out again at once. */
function setLoaded(this: NodeJS.Module, value: unknown): void {
  Object.defineProperty(this, LOADED, { ...plain, value });
  previous?.set?.call(this, value);
  listener?.(this);
}

/**
 * Calls `onRun` when the module has run, before anything else has its exports.
 *
 * Rests on: Node.js reads `exports` of a module only after `loaded` is true, or for a circle of modules before. Checked
 * with Node.js 22.15 to 26.12.
 */
export function whenRun(module: NodeJS.Module, onRun: () => void): void {
  let { exports } = module;
  Object.defineProperty(module, 'exports', {
    configurable: true,
    enumerable: true,
    get() {
      if (!module.loaded) return exports;
      Object.defineProperty(module, 'exports', { ...plain, value: exports });
      onRun();
      return exports;
    },
    set(value) {
      exports = value;
    },
  });
}
