import { readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Config } from '../../config/settings/table.ts';

/** Decides where processes meet. */
export interface MeetingPlace {
  /** The endpoint's address, as configured: processes with the same one meet. */
  readonly host: string;
  readonly port: number | 'none';
  /** Without a port, the processes of one service meet. */
  readonly service?: { readonly name: string; readonly namespace: string };
  /** As of `process.platform`. */
  readonly platform: NodeJS.Platform;
}

/** The service of a process, in which it meets others. */
export function serviceOf({ serviceName: name, resourceAttributes }: Config) {
  return { name, namespace: resourceAttributes['service.namespace'] ?? '' };
}

/**
 * The name under which the processes of one user that want the same endpoint meet. The application's thread tells it to
 * the hub, which may start after the application has changed its user.
 */
export function discoveryName({ host, port, service, platform }: MeetingPlace): string {
  // The system may have no name for the user of a container, and throws when asked for it.
  const user = platform === 'win32' ? userInfo().username : userId();
  const place = port === 'none' ? [port, service?.namespace, service?.name] : [host, port];
  const key = JSON.stringify([...place, user, namespaces()]);
  return hashOf(key);
}

/**
 * FNV-1a with 64 bits, in hexadecimal. It makes a short name of what is no secret; `node:crypto` would take 3.4 ms and
 * 1.5 MiB of a start.
 */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

/** -1 where the system has no such ids, or Deno permits no question about the system. */
export function userId(): number {
  try {
    return process.geteuid?.() ?? -1;
  } catch {
    return -1;
  }
}

/**
 * Processes in containers that share a directory, but not their process ids, do not meet: pitot could not tell whether the
 * other has ended. Those that do not share their network do not compete for the port.
 */
function namespaces(): string[] {
  try {
    return ['pid', 'net'].map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
  } catch {
    return [];
  }
}
