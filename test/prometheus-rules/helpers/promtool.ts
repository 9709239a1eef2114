import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { program } from '../../harness/programs.ts';
import { PROMETHEUS_FOLDER } from './rule-files.ts';

/** Runs promtool in the folder of the configuration; its output, or an error with it. */
export function promtool(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program('promtool'), args, {
    cwd: PROMETHEUS_FOLDER,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `promtool ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}
