import { join } from 'node:path';
import type { KernelFiles } from './kernel-files.ts';
import { isWithin, type Mount, parseMounts } from './mounts.ts';

export interface Group {
  readonly directory: string;
  readonly version: 1 | 2;
  /** The group's limit; undefined for none. */
  readonly limit: number | undefined;
}

/** Reads the limit of a group: a number, undefined for none, or NaN if it cannot be read. */
export type ReadLimit = (directory: string, version: 1 | 2) => number | undefined;

/**
 * The control groups of this process. A limit applies to everything below it. So the effective limit is the
 * tightest one between the process's own group and the outermost group that is visible from here.
 */
export class ControlGroups {
  private readonly files: KernelFiles;
  private readonly roots: { readonly proc: string; readonly sys: string };

  constructor(files: KernelFiles, roots: { readonly proc: string; readonly sys: string }) {
    this.files = files;
    this.roots = roots;
  }

  /**
   * The group with the tightest limit. If limits are equal, the outermost counts, because it covers the
   * most. Without any limit it is the process's own group; without the controller, or outside of any group,
   * it is undefined.
   */
  tightest(controller: string, limitOf: ReadLimit): Group | undefined {
    let tightest: Group | undefined;
    for (const { directory, version, isTop } of this.path(controller)) {
      const limit = limitOf(directory, version);
      // The root of version 2 has no file of limits; the root of version 1 has one without effect.
      if (Number.isNaN(limit) || (version === 1 && isTop && limit === undefined)) continue;
      if (tightest === undefined || (limit !== undefined && limit <= (tightest.limit ?? Infinity))) {
        tightest = { directory, version, limit };
      }
    }
    return tightest;
  }

  /** The groups' directories, the process's own first. */
  private path(controller: string): { directory: string; version: 1 | 2; isTop: boolean }[] {
    const lines = (this.files.read(join(this.roots.proc, 'self/cgroup')) ?? '').split('\n');
    const mounts = parseMounts(this.files.read(join(this.roots.proc, 'self/mountinfo')) ?? '');
    // A controller belongs either to a hierarchy of version 1 or to the one of version 2.
    const ofVersion1 = lines.find((line) => line.split(':')[1]?.split(',').includes(controller));
    const version = ofVersion1 === undefined ? 2 : 1;
    const line = ofVersion1 ?? lines.find((candidate) => candidate.startsWith('0::'));
    const mount = mounts.find(({ type, options }) =>
      version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.includes(controller),
    );
    if (line === undefined || mount === undefined) return [];
    const below = pathBelow(mount, line.split(':').slice(2).join(':'));
    const top = this.directoryOf(mount);
    return below
      .map((_, depth) => below.slice(0, below.length - depth))
      .concat([[]])
      .map((names) => ({ directory: join(top, ...names), version, isTop: names.length === 0 }));
  }

  private directoryOf({ point }: Mount): string {
    return isWithin(point, '/sys') ? join(this.roots.sys, point.slice('/sys'.length)) : point;
  }
}

/**
 * The names that lead from the mounted group to the process's group. In some containers the process's group
 * is not below the mounted one; then the mounted group is the best that pitot can know.
 */
function pathBelow({ root }: Mount, path: string): string[] {
  const names = isWithin(path, root) ? path.slice(root.length).split('/').filter(Boolean) : [];
  return names.includes('..') ? [] : names;
}
