import { lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, type Stats } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../base/reason.ts';
import type { Config } from '../config/settings/table.ts';
import { hasEnded } from '../model/process-identity.ts';

/** The kernel's limit on the path of a socket: 108 bytes on Linux, 104 on macOS, both with the final zero. */
const MAX_PATH_BYTES = 103;
/** A connection is made by the kernel alone; only a leader with a full backlog takes longer. */
const CONNECT_TIMEOUT_MS = 1000;
/** Connections at one moment, to bound the leader's file descriptors. */
const MAX_CONNECTIONS = 1024;

/** The same for all processes of a user, whatever their environments say. */
const FIXED_DIRECTORY = '/tmp';

export interface DiscoveryOptions {
  /** Of the endpoint, as configured: processes that want the same one meet. */
  readonly host: string;
  readonly port: number | 'none';
  /** Without a port, the processes of one service meet. */
  readonly service?: { readonly name: string; readonly namespace: string };
  /** `candidates` are the processes that want to lead where no port decides it (hub/processes/election.ts). */
  readonly purpose?: 'leader' | 'candidates';
  readonly env: Readonly<Record<string, string | undefined>>;
  /** As of `process.platform`. */
  readonly platform: NodeJS.Platform;
  /** The {@link discoveryName} of the endpoint, if another thread has computed it. */
  readonly socketName?: string | undefined;
  /** Default `/tmp`. */
  readonly fixedDirectory?: string;
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
  /** What the names of this endpoint's files begin with. */
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
    const { purpose = 'leader', env, platform, fixedDirectory = FIXED_DIRECTORY } = options;
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

/** The service of a process, in which it meets others. */
export function serviceOf({ serviceName: name, resourceAttributes }: Config) {
  return { name, namespace: resourceAttributes['service.namespace'] ?? '' };
}

/**
 * The name under which the processes of one user that want the same endpoint meet. It takes `node:crypto`, 1.5 MiB in each
 * thread that loads it, so the application's thread tells it to the hub.
 */
export function discoveryName({
  host,
  port,
  service,
  platform,
}: Pick<DiscoveryOptions, 'host' | 'port' | 'service' | 'platform'>): string {
  // The system may have no name for the user of a container, and throws when asked for it.
  const user = platform === 'win32' ? userInfo().username : userId();
  const place = port === 'none' ? [port, service?.namespace, service?.name] : [host, port];
  const key = JSON.stringify([...place, user, namespaces()]);
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(key).digest('hex').slice(0, 16);
}

export interface Listening {
  /** A leader was here before: processes that know its totals may be about to come. */
  readonly wasUsed: boolean;
}

/** -1 where the system has no such ids, or Deno permits no question about the system. */
function userId(): number {
  try {
    return process.geteuid?.() ?? -1;
  } catch {
    return -1;
  }
}

/**
 * Processes in containers that share a directory, but not their process ids, do not meet: no one could tell whether the
 * other has ended. Those that do not share their network do not compete for the port.
 */
function namespaces(): string[] {
  try {
    return ['pid', 'net'].map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
  } catch {
    return [];
  }
}

function candidateDirectories(env: DiscoveryOptions['env'], uid: number, fixed: string): string[] {
  const candidates: string[] = [];
  if (env.XDG_RUNTIME_DIR) candidates.push(join(env.XDG_RUNTIME_DIR, 'pitot'));
  if (env.TMPDIR) candidates.push(join(env.TMPDIR, `pitot-${uid}`));
  candidates.push(join(fixed, `pitot-${uid}`));
  try {
    candidates.push(join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pitot'));
  } catch {
    // The user has no home directory.
  }
  return [...new Set(candidates)];
}

/** Why the directory cannot be used; it is made when it does not exist. */
function faultOf(directory: string, uid: number): string | undefined {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isThere) return `${directory} cannot be made: ${reasonOf(error)}`;
  }
  // A link is not followed: another user may have made it, and chosen where it leads.
  const stat = statOf(directory);
  if (stat?.isDirectory() !== true) return `${directory} is not a directory`;
  if (stat.uid !== uid) return `${directory} belongs to another user (${stat.uid})`;
  if ((stat.mode & 0o077) !== 0) return `${directory} can be entered by others than its owner`;
  return undefined;
}

function pipe(name: string): string {
  return `\\\\.\\pipe\\pitot-${name}`;
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

/** `undefined` for a path that does not exist, or cannot be reached any more. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch {
    // Another process removed the file meanwhile, or the directory is read-only by now.
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // `exclusive`: otherwise a process of a cluster listens through its primary.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function connected(path: string): Promise<{ readonly socket?: Socket; readonly error?: string | undefined }> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (result: { socket?: Socket; error?: string | undefined }) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      if (result.socket === undefined) socket.on('error', () => {}).destroy();
      resolve(result);
    };
    const timer = setTimeout(end, CONNECT_TIMEOUT_MS, {});
    socket.once('connect', () => end({ socket }));
    socket.once('error', (error: NodeJS.ErrnoException) => end({ error: error.code }));
  });
}
