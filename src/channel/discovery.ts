import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { homedir, tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { reasonOf } from '../base/reason.ts';

/** The kernel's limit on the path of a socket: 108 bytes on Linux, 104 on macOS, both with the final zero. */
const LONGEST_PATH = 103;

/** Milliseconds for a connection to be made: that is a matter of the kernel alone. */
const CONNECT_TIMEOUT = 1000;

export interface DiscoveryOptions {
  /** Of the endpoint, as configured: processes that want the same one meet. */
  readonly host: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As of `process.platform`. */
  readonly platform: NodeJS.Platform;
}

/**
 * Where the processes of one user that want the same endpoint find each other: a local socket in a
 * directory that is the user's alone, or a named pipe on Windows.
 *
 * There are several candidates for the directory, which all processes go through in the same order. One
 * that cannot be made, or that others may enter, is left out; `faults` says why.
 */
export class Discovery {
  readonly faults: string[] = [];
  /** Where a leader may listen and followers look, the best first. */
  readonly addresses: readonly string[];
  private readonly isPipe: boolean;
  private readonly uid: number;
  /** Where this process listens as the leader. */
  private leader: { readonly address: string; readonly server: Server } | undefined;
  private accept: (socket: Socket) => void = () => {};
  private isListening = false;

  constructor({ host, port, env, platform }: DiscoveryOptions) {
    const uid = process.geteuid?.() ?? -1;
    // Not asked for elsewhere: a user of a container may be a number that no name belongs to.
    const user = platform === 'win32' ? userInfo().username : uid;
    const name = createHash('sha256')
      .update(JSON.stringify([host, port, user, processIdSpace()]))
      .digest('hex')
      .slice(0, 16);
    this.uid = uid;
    this.isPipe = platform === 'win32';
    this.addresses = this.isPipe
      ? [`\\\\.\\pipe\\pitot-${name}`]
      : directories(env, uid).flatMap((directory) => {
          const path = join(directory, `${name}.sock`);
          const fault =
            Buffer.byteLength(temporary(path)) > LONGEST_PATH
              ? `${path} is too long for a socket`
              : faultOf(directory, uid);
          if (fault !== undefined) this.faults.push(fault);
          return fault === undefined ? [path] : [];
        });
  }

  /** Whether a leader listens or has listened: on Windows that cannot be seen, and is assumed. */
  hasBeenUsed(): boolean {
    return this.isPipe || this.addresses.some(exists);
  }

  /** Connects to the leader; `undefined` when there is none. */
  async connect(): Promise<Socket | undefined> {
    for (const address of this.addresses) {
      const socket = await connected(address);
      if (socket !== undefined) return socket;
    }
    return undefined;
  }

  /**
   * Listens as the leader, which has the endpoint's port: a socket that a dead leader left behind is replaced.
   * `undefined` when that is possible nowhere.
   */
  async listen(accept: (socket: Socket) => void): Promise<Listening | undefined> {
    this.accept = accept;
    this.isListening = true;
    try {
      for (const address of this.addresses) {
        const wasUsed = !this.isPipe && exists(address);
        if (await this.listenAt(address)) return { wasUsed };
      }
      return undefined;
    } finally {
      this.isListening = false;
    }
  }

  /**
   * Listens again if there is no socket: temporary directories are cleared of what is old, and who looks for the
   * leader would not find it any more. Those who have found it keep their connections.
   */
  async maintain(): Promise<void> {
    const before = this.leader;
    if (this.isListening || (before !== undefined && (this.isPipe || exists(before.address)))) return;
    await this.listen(this.accept);
    if (this.leader !== before) before?.server.close();
  }

  private async listenAt(address: string): Promise<boolean> {
    // Renamed into place, so that a follower never finds the name without somebody who listens.
    const path = this.isPipe ? address : temporary(address);
    const server = createServer(this.accept);
    try {
      if (!this.isPipe) {
        const fault = faultOf(dirname(address), this.uid);
        if (fault !== undefined) throw new Error(fault);
        rmSync(path, { force: true });
      }
      await listening(server, path);
      // One that cannot be accepted (there is no file descriptor left) tries again.
      server.on('error', () => {});
      if (!this.isPipe) renameSync(path, address);
      this.leader = { address, server };
      return true;
    } catch (error) {
      server.close();
      const reason = reasonOf(error);
      const fault = `no socket can be made at ${address}: ${reason}`;
      if (!this.faults.includes(fault)) this.faults.push(fault);
      return false;
    }
  }
}

export interface Listening {
  /** A leader was here before: processes that know its totals may be about to come. */
  readonly wasUsed: boolean;
}

/** Processes in containers that share a directory, but not their process ids, do not meet. */
function processIdSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function directories(env: DiscoveryOptions['env'], uid: number): string[] {
  const candidates = [join(tmpdir(), `pitot-${uid}`)];
  if (env.XDG_RUNTIME_DIR) candidates.unshift(join(env.XDG_RUNTIME_DIR, 'pitot'));
  try {
    candidates.push(join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pitot'));
  } catch {
    // A user without a home directory.
  }
  return candidates;
}

/** Why the directory cannot be used; it is made when it is not there. */
function faultOf(directory: string, uid: number): string | undefined {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere) return `${directory} cannot be made: ${reasonOf(error)}`;
  }
  // Not followed if it is a link: whoever made the link chooses where it leads.
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  if (stat?.isDirectory() !== true) return `${directory} is not a directory`;
  if (stat.uid !== uid) return `${directory} belongs to another user (${stat.uid})`;
  if ((stat.mode & 0o077) !== 0) return `${directory} can be entered by others than its owner`;
  return undefined;
}

function temporary(path: string): string {
  return `${path.slice(0, -'.sock'.length)}.${process.pid}`;
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // `exclusive`: a process of a cluster is not to listen through its primary.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (result: Socket | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      if (result === undefined) socket.on('error', () => {}).destroy();
      resolve(result);
    };
    const timer = setTimeout(end, CONNECT_TIMEOUT, undefined);
    socket.once('connect', () => end(socket));
    socket.once('error', () => end(undefined));
  });
}
