import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { program, type Release, released } from '../../harness/programs.ts';
import { PROMETHEUS_FOLDER } from './rule-files.ts';

/** Runs that release's promtool in the folder of the configuration. Returns its output; throws with it on failure. */
export function promtool(release: Release, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(program(released('promtool', release)), args, {
    cwd: PROMETHEUS_FOLDER,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `promtool ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}
