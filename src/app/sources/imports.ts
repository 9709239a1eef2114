import { register } from 'node:module';
import { moduleOfPackage, requireOfPackage } from '../../base/package-files.ts';

type SynchronousHooks = typeof import('import-in-the-middle/register-hooks.mjs');

let watching = false;

/**
 * Lets the instrumentations see the named packages when an ES module imports them. `require` needs no
 * loader hook. The hooks wrap these packages only; every other module loads as before.
 *
 * Node.js 22.22.3, 24.11.1, 26 and later run the hooks in this thread. Older versions run them in a loader
 * thread, through `module.register`, which Node.js 26 deprecates. A process can install either of them only
 * once and cannot remove it, so a second call does nothing.
 */
export function watchImports(packages: readonly string[]): void {
  if (watching) return;
  const require = requireOfPackage();
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
    register('import-in-the-middle/hook.mjs', moduleOfPackage('index'), { data: options });
  }
  watching = true;
}
