import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StackFrame } from '../../model/stack-cells.ts';

export function functionOf({ name }: StackFrame): string {
  return name === '' ? '<anonymous>' : name;
}

/** Relative to the working directory or the installed packages, so that all replicas of a service agree. */
export function fileOf({ file }: StackFrame): string {
  const path = file.startsWith('file:') ? pathOf(file) : file;
  const installed = path.lastIndexOf(`${sep}node_modules${sep}`);
  if (installed >= 0) return path.slice(installed + 1);
  const own = process.cwd() + sep;
  return path.startsWith(own) ? path.slice(own.length) : path;
}

function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
