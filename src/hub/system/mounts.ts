/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  /** The mounted directory within the file system. */
  readonly root: string;
  readonly point: string;
  readonly mode: 'ro' | 'rw';
  readonly type: string;
  readonly device: string;
  readonly options: readonly string[];
}

/** The mounts, in the order in which they were mounted. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    // A variable number of tags precedes the dash.
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

/** The mount that contains a directory, whose path must have no links. */
export function mountOf(directory: string, mounts: readonly Mount[]): Mount | undefined {
  let deepest: Mount | undefined;
  for (const mount of mounts) {
    // The later of two mounts at one point hides the earlier.
    if (isWithin(directory, mount.point) && mount.point.length >= (deepest?.point.length ?? 0)) {
      deepest = mount;
    }
  }
  return deepest;
}

/** Whether a path is that of the directory itself or of something below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`);
}

/** The kernel writes spaces, tabs, line ends and backslashes as three octal digits. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
