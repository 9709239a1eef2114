import { renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { reasonOf } from '../../base/reason.ts';
import { hasEnded } from '../../model/process-identity.ts';
import { candidateDirectories, exists, faultOf, filesIn } from './directories.ts';
import { discoveryName, type MeetingPlace, userId } from './name.ts';
import { connected, listening } from './sockets.ts';

/** The kernel's limit on the path of a socket: 108 bytes on Linux, 104 on macOS, both with the final zero. */
const MAX_PATH_BYTES = 103;
/** Connections at one moment, to bound the leader's file descriptors. */
const MAX_CONNECTIONS = 1024;

export interface DiscoveryOptions extends MeetingPlace {
  /** `candidates` are the processes that want to lead where no port decides it (hub/processes/election.ts). */
  readonly purpose?: 'leader' | 'candidates';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The {@link discoveryName} of the endpoint, if another thread has computed it. */
  readonly socketName?: string | undefined;
  /** Default `/tmp`. */
  readonly fixedDirectory?: string;
}

export interface Listening {
  /** A leader was here before: processes that know its totals may be about to come. */
  readonly wasUsed: boolean;
}

/**
 * How the processes of one user that want the same endpoint find each other: the leader listens on a local socket in
 * every directory that it can use, and a follower looks in every directory that it can use. One in common is enough.
 * The environment chooses some of the directories, but not all. On Windows there is one named pipe instead.
 *
 * A socket's name has the leader's process id, so that any process can tell, and remove, the sockets of dead leaders.
 */
export class Discovery {
  /** Where processes meet; empty on Windows. */
  readonly directories: readonly string[];
  /** The prefix of the names of this endpoint's files. */
  readonly name: string;
  /** Why other directories, or sockets in these, cannot be used. */
  readonly faults: string[] = [];
  private readonly isPipe: boolean;
  private readonly uid: number;
  /** Where this process listens as the leader. */
  private readonly servers = new Map<string, Server>();
  private accept: (socket: Socket) => void = () => {};
  private isListening = false;

  constructor(options: DiscoveryOptions) {
    const { purpose = 'leader', env, platform, fixedDirectory } = options;
    const uid = userId();
    this.uid = uid;
    this.isPipe = platform === 'win32';
    const { socketName = discoveryName(options) } = options;
    this.name = purpose === 'leader' ? socketName : `${socketName}-${purpose}`;
    const candidates = this.isPipe ? [] : candidateDirectories(env, uid, fixedDirectory);
    this.directories = candidates.filter((directory) => {
      const path = this.addressIn(directory);
      const fault =
        Buffer.byteLength(path) > MAX_PATH_BYTES
          ? `${path} is too long for a socket`
          : faultOf(directory, uid);
      if (fault !== undefined) this.faults.push(fault);
      return fault === undefined;
    });
  }

  /** Whether a leader listens, or has ended without a word: on Windows that cannot be seen, and is assumed. */
  hasBeenUsed(): boolean {
    return this.isPipe || this.directories.some((directory) => this.sockets(directory).length > 0);
  }

  /** The ids of other processes that listen. On Windows only one process can listen, so there are none beside it. */
  async others(): Promise<readonly number[]> {
    const found = this.directories.flatMap((directory) => this.sockets(directory));
    const alive = await Promise.all(
      found.map(async ({ path, pid }) => {
        if (pid === process.pid) return [];
        const { socket, error } = await connected(path);
        socket?.destroy();
        return error === 'ECONNREFUSED' || error === 'ENOENT' ? [] : [pid];
      }),
    );
    return alive.flat();
  }

  /** Connects to the leader; `undefined` when there is none. */
  async connect(): Promise<Socket | undefined> {
    const paths = this.isPipe
      ? [pipe(this.name)]
      : this.directories.flatMap((directory) => this.sockets(directory).map(({ path }) => path));
    for (const path of paths) {
      const { socket } = await connected(path);
      if (socket !== undefined) return socket;
    }
    return undefined;
  }

  /** Listens as the leader, which has the endpoint's port; `undefined` when that is possible nowhere. */
  async listen(accept: (socket: Socket) => void): Promise<Listening | undefined> {
    this.accept = accept;
    this.isListening = true;
    const wasUsed = !this.isPipe && this.hasBeenUsed();
    try {
      await Promise.all(this.addresses().map((address) => this.listenAt(address)));
      return this.servers.size > 0 ? { wasUsed } : undefined;
    } finally {
      this.isListening = false;
    }
  }

  /**
   * Listens again where the socket is missing: temporary directories are cleared of old files, and new followers would
   * not find the leader any more. Connections stay.
   */
  async maintain(): Promise<void> {
    if (this.isListening || this.isPipe) return;
    this.isListening = true;
    try {
      await Promise.all(
        this.addresses().map(async (address) => {
          const before = this.servers.get(address);
          if (exists(address)) return;
          if (await this.listenAt(address)) before?.close();
        }),
      );
    } finally {
      this.isListening = false;
    }
  }

  /** Ends listening. */
  close(): void {
    for (const server of this.servers.values()) server.close();
    this.servers.clear();
    this.withdraw();
  }

  /** Removes this process' sockets, at its end. */
  withdraw(): void {
    for (const directory of this.directories)
      ignoreErrors(() => rmSync(this.addressIn(directory), { force: true }));
  }

  /**
   * Removes the sockets of dead leaders, also those of other endpoints. A socket without a process behind it refuses
   * connections; its process id alone proves nothing, because containers with process ids of their own may share the
   * directory.
   */
  async removeStale(): Promise<void> {
    for (const directory of this.directories) {
      for (const file of filesIn(directory)) {
        const path = join(directory, file);
        if (!file.endsWith('.sock') || this.servers.has(path)) continue;
        const { socket, error } = await connected(path);
        socket?.destroy();
        if (error === 'ECONNREFUSED') ignoreErrors(() => rmSync(path, { force: true }));
      }
    }
  }

  private addresses(): readonly string[] {
    return this.isPipe ? [pipe(this.name)] : this.directories.map((directory) => this.addressIn(directory));
  }

  private addressIn(directory: string): string {
    return join(directory, `${this.name}.${process.pid}.sock`);
  }

  /** The sockets of this endpoint, those of processes that live first. */
  private sockets(
    directory: string,
  ): { readonly path: string; readonly pid: number; readonly isDead: boolean }[] {
    return filesIn(directory)
      .filter((file) => file.startsWith(`${this.name}.`) && file.endsWith('.sock'))
      .map((file) => {
        const pid = Number(file.slice(this.name.length + 1, -'.sock'.length));
        return { path: join(directory, file), pid, isDead: hasEnded({ id: '', pid, started: '' }) };
      })
      .sort((a, b) => Number(a.isDead) - Number(b.isDead));
  }

  private async listenAt(address: string): Promise<boolean> {
    // Renamed into place, so that a follower never finds the name before the socket listens.
    const path = this.isPipe ? address : address.slice(0, -'.sock'.length);
    const server = createServer(this.accept);
    server.maxConnections = MAX_CONNECTIONS;
    try {
      if (!this.isPipe) {
        const fault = faultOf(join(address, '..'), this.uid);
        if (fault !== undefined) throw new Error(fault);
        rmSync(path, { force: true });
      }
      await listening(server, path);
      // The server tries again after a connection that it cannot accept, for lack of a file descriptor.
      server.on('error', () => {});
      if (!this.isPipe) renameSync(path, address);
      this.servers.set(address, server);
      return true;
    } catch (error) {
      server.close();
      const fault = `no socket can be made at ${address}: ${reasonOf(error)}`;
      if (!this.faults.includes(fault)) this.faults.push(fault);
      return false;
    }
  }
}

function pipe(name: string): string {
  return `\\\\.\\pipe\\pitot-${name}`;
}

function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // Another process removed the file meanwhile, or the directory is read-only by now.
  }
}
