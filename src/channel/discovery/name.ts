import { readlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Config } from '../../config/settings/table.ts';

/** What decides where processes meet. */
export interface MeetingPlace {
  /** Of the endpoint, as configured: processes that want the same one meet. */
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
 * The name under which the processes of one user that want the same endpoint meet. It takes `node:crypto`, 1.5 MiB in each
 * thread that loads it, so the application's thread tells it to the hub.
 */
export function discoveryName({ host, port, service, platform }: MeetingPlace): string {
  // The system may have no name for the user of a container, and throws when asked for it.
  const user = platform === 'win32' ? userInfo().username : userId();
  const place = port === 'none' ? [port, service?.namespace, service?.name] : [host, port];
  const key = JSON.stringify([...place, user, namespaces()]);
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(key).digest('hex').slice(0, 16);
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
