import { lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../../base/reason.ts';

/** The same for all processes of a user, whatever their environments say. */
const FIXED_DIRECTORY = '/tmp';

/** Where the processes of a user may meet. The environment chooses some of the directories, but not all. */
export function candidateDirectories(
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
  fixed = FIXED_DIRECTORY,
): string[] {
  const candidates: string[] = [];
  if (env.XDG_RUNTIME_DIR) candidates.push(join(env.XDG_RUNTIME_DIR, 'pitot'));
  if (env.TMPDIR) candidates.push(join(env.TMPDIR, `pitot-${uid}`));
  candidates.push(join(fixed, `pitot-${uid}`));
  try {
    candidates.push(join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pitot'));
  } catch {
    // The user has no home directory.
  }
  return [...new Set(candidates)];
}

/** Why the directory cannot be used; it is made when it does not exist. */
export function faultOf(directory: string, uid: number): string | undefined {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere) return `${directory} cannot be made: ${reasonOf(error)}`;
  }
  // A link is not followed: another user may have made it, and chosen where it leads.
  const stat = statOf(directory);
  if (stat?.isDirectory() !== true) return `${directory} is not a directory`;
  if (stat.uid !== uid) return `${directory} belongs to another user (${stat.uid})`;
  if ((stat.mode & 0o077) !== 0) return `${directory} can be entered by others than its owner`;
  return undefined;
}

export function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

export function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

/** `undefined` for a path that does not exist, or cannot be reached any more. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
