import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Child, startChild } from '../../harness/child.ts';
import type { Lifetime } from '../../harness/lifetime.ts';
import { inherited } from '../../harness/service.ts';

const PRELOAD = pathToFileURL(
  join(import.meta.dirname, '../../app/sources/databases/helpers/preload.ts'),
).href;

/** Runs an application of the folder `fixtures` that forgets a promise which is rejected, with all sources. */
export function startForgotten(lifetime: Lifetime, app: string, port: number): Promise<Child> {
  return startChild(lifetime, process.execPath, {
    args: ['--import', PRELOAD, join(import.meta.dirname, '../fixtures', app), String(port)],
    env: inherited(),
  });
}
