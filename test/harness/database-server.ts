import { execFileSync } from 'node:child_process';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child.ts';
import { freePort } from './free-port.ts';
import type { Lifetime } from './lifetime.ts';

/** A server with data of its own, which can go away and come back. */
export interface DatabaseServer {
  readonly port: number;
  /** The server's log since its start. */
  readonly log: string;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts the server again, on the port and with the data that it had. */
  start(): Promise<void>;
}

export interface DatabaseServerOptions {
  readonly name: string;
  /** The user that it is run as where the tests are run by root, which some servers refuse. */
  readonly user?: string;
  /** Makes what the server needs in the folder, if it needs anything. */
  readonly prepare?: (
    folder: string,
    run: (command: string, args: readonly string[]) => void,
    port: number,
  ) => void;
  readonly command: string;
  readonly args: (folder: string, port: number) => readonly string[];
  /** The text that it writes once it accepts connections. */
  readonly ready: RegExp;
  /** How many milliseconds that may take; as long as any line by default. */
  readonly patience?: number;
}

/** Starts a server on a free port of 127.0.0.1, in a directory that goes with it. */
export async function startDatabaseServer(
  lifetime: Lifetime,
  { name, user, prepare, command, args, ready, patience }: DatabaseServerOptions,
): Promise<DatabaseServer> {
  const folder = await mkdtemp(join(tmpdir(), `pitot-${name}-`));
  lifetime.after(() => rm(folder, { recursive: true, force: true }));
  const identity = user !== undefined && process.getuid?.() === 0 ? identityOf(user) : undefined;
  if (identity !== undefined) await chown(folder, identity.uid, identity.gid);
  const as = (program: string, given: readonly string[]) => {
    const change = user !== undefined &&
      identity && ['--reuid', user, '--regid', String(identity.gid), '--clear-groups', program, ...given];
    return { program: change ? 'setpriv' : program, given: change || given };
  };

  const port = await freePort();
  const run = (program: string, given: readonly string[]) => {
    const whole = as(program, given);
    execFileSync(whole.program, [...whole.given], { cwd: folder, stdio: 'pipe' });
  };
  prepare?.(folder, run, port);
  let server: Child | undefined;
  const start = async () => {
    const run = as(command, args(folder, port));
    server = await startChild(lifetime, run.program, { args: run.given, cwd: folder });
    await server.line(ready, patience);
  };
  await start();
  return {
    port,
    get log() {
      return server?.stderr ?? '';
    },
    start,
    kill: async () => server?.kill(),
  };
}

function identityOf(user: string): { readonly uid: number; readonly gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
