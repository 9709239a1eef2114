import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { diag } from '../../base/diag.ts';
import { reasonOf } from '../../base/reason.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import { authority } from '../http/listen.ts';

const MAX_PORTS = 1000;
const LAST_PORT = 65_535;

/**
 * Opens the first free port, counting from the given one, among a thousand; 0 picks any.
 *
 * @param open resolves to `undefined` when the port is taken
 */
export async function openFirstFree<T>(
  port: number,
  open: (port: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  const last = port === 0 ? 0 : Math.min(port + MAX_PORTS - 1, LAST_PORT);
  for (let next = port; next <= last; next++) {
    const opened = await open(next);
    if (opened !== undefined) return opened;
  }
  return undefined;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly service: string;
  readonly process: ProcessIdentity;
}

/**
 * Writes this process' file into the directory, in the format of Prometheus' `file_sd_configs`, and removes those of
 * processes that have ended. An error is logged and costs only the file.
 */
export function writeTarget(directory: string, { host, port, service, process }: Target): void {
  try {
    mkdirSync(directory, { recursive: true });
    removeEnded(directory);
    const { pid, started } = process;
    const labels = { service_name: service, process_pid: String(pid), __meta_pitot_started: started };
    const text = JSON.stringify([{ targets: [authority(host, port)], labels }]);
    const path = pathOf(directory, pid);
    // Renamed into place, so that Prometheus never reads half a file.
    writeFileSync(`${path}.new`, `${text}\n`);
    renameSync(`${path}.new`, path);
  } catch (error) {
    const reason = reasonOf(error);
    diag.error(`no target could be written to PITOT_TARGETS_DIRECTORY ${directory}: ${reason}`);
  }
}

export function removeTarget(directory: string, pid: number): void {
  try {
    rmSync(pathOf(directory, pid), { force: true });
  } catch {
    // The directory is gone or read-only; another process removes the file when it can.
  }
}

function removeEnded(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = Number(/^pitot-(\d+)\.json$/.exec(name)?.[1]);
    if (Number.isNaN(pid)) continue;
    const path = join(directory, name);
    const started = /"__meta_pitot_started":"(\d*)"/.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
    if (hasEnded({ id: '', pid, started })) rmSync(path, { force: true });
  }
}

function pathOf(directory: string, pid: number): string {
  return join(directory, `pitot-${pid}.json`);
}
