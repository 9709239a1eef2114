/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  /** The directory within the file system that is mounted. */
  readonly root: string;
  readonly point: string;
  readonly mode: 'ro' | 'rw';
  readonly type: string;
  readonly device: string;
  readonly options: readonly string[];
}

/** In the order in which they were mounted. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    // A variable number of tags stands before the dash.
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, point, mountOptions] = before.split(' ');
    const [type, device, options] = after.split(' ');
    if (root === undefined || point === undefined || type === undefined || device === undefined) return [];
    return {
      root: unescaped(root),
      point: unescaped(point),
      mode: mountOptions?.split(',').includes('ro') ? 'ro' : 'rw',
      type,
      device: unescaped(device),
      options: options?.split(',') ?? [],
    };
  });
}

/** The mount that a directory, given without links in its path, lies in. */
export function mountOf(directory: string, mounts: readonly Mount[]): Mount | undefined {
  let deepest: Mount | undefined;
  for (const mount of mounts) {
    // Of two at one point the later hides the earlier.
    if (isWithin(directory, mount.point) && mount.point.length >= (deepest?.point.length ?? 0)) {
      deepest = mount;
    }
  }
  return deepest;
}

/** Whether a path is a directory's or of something below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** Spaces, tabs, line ends and backslashes are written as three octal digits. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
