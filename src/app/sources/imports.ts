import { createRequire, register } from 'node:module';

type SynchronousHooks = typeof import('import-in-the-middle/register-hooks.mjs');

let watching = false;

/**
 * Lets the instrumentations see the named packages when an ES module imports them. `require` needs no
 * hook of the loader. Every other module loads as if this was not there: only these names are wrapped.
 *
 * The hooks run in this thread where Node.js can do that (22.22.3, 24.11.1, 26 and later). Older versions
 * have a loader thread instead, through `module.register`, which Node.js 26 deprecates. Either can be set
 * up once in a process and not be taken back, so that a second call does nothing.
 */
export function watchImports(packages: readonly string[]): void {
  if (watching) return;
  const require = createRequire(import.meta.url);
  const options = { include: [...packages] };
  // This file says which of the two it is without loading either.
  const { supportsSyncHooks } = require('import-in-the-middle/supports-sync-hooks.mjs') as Pick<
    SynchronousHooks,
    'supportsSyncHooks'
  >;
  if (supportsSyncHooks()) {
    const hooks = require('import-in-the-middle/register-hooks.mjs') as SynchronousHooks;
    hooks.register(options);
  } else {
    register('import-in-the-middle/hook.mjs', import.meta.url, { data: options });
  }
  watching = true;
}
