import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lifetime } from './lifetime.ts';

/** A program can block its event loop until a test has seen what it wants to: until the file at `path` is there. */
export interface Gate {
  readonly path: string;
  open(): void;
}

export function closedGate(lifetime: Lifetime): Gate {
  const folder = mkdtempSync(join(tmpdir(), 'pitot-gate-'));
  lifetime.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'open');
  return { path, open: () => writeFileSync(path, '') };
}
