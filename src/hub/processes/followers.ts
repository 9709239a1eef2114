import type { Socket } from 'node:net';
import { diag } from '../../base/diag.ts';
import { within } from '../../base/waits.ts';
import type { Endpoint } from '../../channel/messages.ts';
import { hasEnded } from '../../model/process-identity.ts';
import { checked } from './checks.ts';
import { Connection } from './connection.ts';
import { commonProtocol, ownDialect } from './dialect.ts';
import {
  type Answer,
  type Entry,
  FOLLOWER_MESSAGE,
  type FollowerMessage,
  HELLO,
  type Hello,
  type LeaderMessage,
  type LogCopy,
  type Membership,
  type ProcessDescription,
  type ServiceName,
} from './messages.ts';
import { type Replica, Replicas } from './replicas.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** A follower sends a message every second; after this long without one it counts as stale. */
const STALE_AFTER_MS = 2500;
/** A connection that has not introduced itself by then is closed. */
const HELLO_TIMEOUT_MS = 5000;
const MAX_CUT_OFF_WARNINGS = 100;
/** With more unsent bytes a follower, which may be stopped, gets the membership once it reads again. */
const MAX_BACKLOG_BYTES = 2 ** 20;

export interface FollowersOptions {
  readonly service: ServiceName;
  readonly process: ProcessDescription;
  readonly endpoint: Endpoint;
  readonly log: ReplicatedLog;
  /** Called when a follower joins or leaves. */
  readonly changed: () => void;
  /** Called with the log whenever a process has ended. */
  readonly saveLog: (log: LogCopy) => void;
}

interface Peer extends Replica {
  /** The time on the clock of `performance.now()`. */
  lastHeard: number;
  /** Whether the log has its state from this connection, and not from another process' copy. */
  isKnown: boolean;
  /** The collection that it has not answered yet. */
  pending: { readonly request: number; readonly done: () => void } | undefined;
  /** The text of the last membership that was sent to it. */
  membership: string;
}

/** The leader's followers, and the log of what they and the leader have counted. */
export class Followers {
  readonly log: ReplicatedLog;
  private readonly options: FollowersOptions;
  private readonly followers = new Map<string, Peer>();
  private readonly replicas: Replicas;
  private requests = 0;
  /** Process ids that have been warned of. */
  private readonly cutOff = new Set<number>();
  /** Whether the service has, or had, another process: from then on gauges carry `process.pid`. */
  isShared: boolean;

  constructor(options: FollowersOptions) {
    this.options = options;
    this.log = options.log;
    this.replicas = new Replicas({
      log: options.log,
      followers: () => this.followers.values(),
      isSilent: (id) => this.isSilent(id),
    });
    this.isShared = this.log.endedProcesses > 0 || this.log.processes.size > 0;
  }

  /** The processes that are connected or in the log. */
  get processes(): ProcessDescription[] {
    return [...this.followers.values(), ...this.log.processes.values()].map(({ process }) => process);
  }

  get hasFollowers(): boolean {
    return this.followers.size > 0;
  }

  get hasReplica(): boolean {
    return this.replicas.exist;
  }

  /** Whether this process has connected and sent its state and its copy of the log. */
  hasReported(id: string): boolean {
    return this.followers.get(id)?.hasReported === true;
  }

  /** Whether the state of the process may be old: it was silent, answered too late, or is not connected. */
  isStale(id: string): boolean {
    if (id === this.options.process.id) return false;
    return this.isSilent(id) || this.followers.get(id)?.pending !== undefined;
  }

  private isSilent(id: string): boolean {
    const follower = this.followers.get(id);
    return follower === undefined || performance.now() - follower.lastHeard > STALE_AFTER_MS;
  }

  accept(socket: Socket): void {
    let follower: Peer | undefined;
    const connection: Connection<Answer | LeaderMessage> = new Connection(
      socket,
      (message) => {
        clearTimeout(timer);
        if (follower === undefined) follower = this.welcome(connection, checked('hello', message, HELLO));
        else this.receive(follower, checked('message', message, FOLLOWER_MESSAGE));
      },
      (error) => {
        clearTimeout(timer);
        if (follower === undefined) return;
        if (error !== undefined) this.warnOfCut(follower, error);
        this.leave(follower);
      },
    );
    const timer = setTimeout(() => connection.end(), HELLO_TIMEOUT_MS);
  }

  /** Requests the present state of every follower, and waits for at most `timeout` milliseconds. */
  async refresh(timeout: number): Promise<void> {
    const answers: Promise<void>[] = [];
    for (const follower of this.followers.values()) {
      // A follower that still owes the last answer is stuck: a scrape does not wait for it.
      if (follower.pending !== undefined) continue;
      const request = ++this.requests;
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = () => {
        follower.pending = undefined;
        resolve();
      };
      follower.pending = { request, done };
      follower.connection.send({ type: 'collect', request });
      answers.push(promise);
    }
    await within(timeout, Promise.all(answers));
  }

  /** The replicas get no states of live processes until the returned function is called, and then all. */
  holdReplicas(): () => void {
    return this.replicas.hold();
  }

  /** Appends to the log and to the replicas' copies. */
  append(entry: Entry): void {
    this.log.append(entry);
    if (entry.type === 'ended') this.options.saveLog(this.log.copy(Date.now()));
    this.replicas.copy(entry);
  }

  /**
   * As {@link append}, and waits until a replica confirms the entry.
   *
   * @param timeout milliseconds
   * @returns false when no replica did in time
   */
  appendReplicated(entry: Entry, timeout: number): Promise<boolean> {
    this.log.append(entry);
    return this.replicas.copyAndConfirm(entry, timeout);
  }

  /** The work of every second: enters the end of dead processes, and replaces replicas that are stuck. */
  maintain(): void {
    const own = this.options.process.id;
    for (const { process } of [...this.log.processes.values()]) {
      const isConnected = process.id === own || this.followers.has(process.id);
      if (!isConnected && hasEnded(process)) this.append({ type: 'ended', process: process.id });
    }
    this.replicas.dismissStuck();
    this.chooseReplicas();
  }

  private welcome(connection: Connection<Answer | LeaderMessage>, hello: Hello): Peer | undefined {
    const { service, endpoint, process } = this.options;
    const speaks = ownDialect();
    const protocol = commonProtocol(speaks, hello.speaks);
    const reason = protocol === undefined ? 'protocol' : this.reasonToRefuse(hello);
    if (protocol === undefined || reason !== undefined) {
      connection.send({ type: 'refused', reason: reason ?? 'protocol', speaks, service, pid: process.pid });
      connection.end();
      return undefined;
    }
    if (hello.process.id === process.id) throw new Error('a hello in the name of the leader');
    const follower: Peer = {
      process: hello.process,
      connection,
      lastHeard: performance.now(),
      isKnown: false,
      hasReported: false,
      isReplica: false,
      pending: undefined,
      unconfirmed: undefined,
      membership: '',
    };
    // The process' hub was restarted, and the connection of the earlier hub is dead.
    this.followers.get(follower.process.id)?.connection.end();
    this.followers.set(follower.process.id, follower);
    this.isShared = true;
    connection.send({ type: 'welcome', protocol, ...endpoint, pid: process.pid });
    this.options.changed();
    return follower;
  }

  private reasonToRefuse({ service, process }: Hello): 'service' | 'ended' | undefined {
    const own = this.options.service;
    if (service.name !== own.name || service.namespace !== own.namespace) return 'service';
    return this.log.hasEnded(process.id) ? 'ended' : undefined;
  }

  /** @throws when the message is out of order or does not fit what the follower sent before; nothing has changed then */
  private receive(follower: Peer, message: FollowerMessage): void {
    follower.lastHeard = performance.now();
    if (this.followers.get(follower.process.id) !== follower) return;
    switch (message.type) {
      case 'state':
        this.receiveState(follower, message);
        break;
      case 'log':
        if (follower.hasReported) throw new Error('a second log');
        if (message.copy !== undefined) this.adopt(message.copy);
        follower.hasReported = true;
        this.chooseReplicas();
        break;
      case 'appended':
        if (follower.unconfirmed?.request === message.request) follower.unconfirmed.done();
        break;
    }
  }

  private receiveState(
    follower: Peer,
    { isWhole, diff, answers, isFinal, stalls }: FollowerMessage & { readonly type: 'state' },
  ): void {
    const { process, pending } = follower;
    if (!follower.isKnown && !isWhole) throw new Error('a first state that is not whole');
    const entry: Entry = { type: 'state', process, isWhole, diff, ...(stalls && { stalls }) };
    this.log.requireFit(entry);
    this.append(entry);
    follower.isKnown = true;
    if (pending !== undefined && answers === pending.request) pending.done();
    if (isFinal !== true) return;
    this.append({ type: 'ended', process: process.id });
    this.followers.delete(process.id);
    follower.connection.send({ type: 'received' });
    this.leave(follower);
  }

  private warnOfCut({ process }: Peer, error: Error): void {
    if (this.cutOff.has(process.pid) || this.cutOff.size >= MAX_CUT_OFF_WARNINGS) return;
    this.cutOff.add(process.pid);
    diag.warn(
      `process ${process.pid} of this service sent what no release of pitot sends (${error.message}) and was cut off. ` +
        'Its numbers stay as they were, and count as stale, until it sends them again or ends. If this goes on, see ' +
        'whether another program writes to the sockets of pitot.',
    );
  }

  private adopt(copy: LogCopy): void {
    const { id } = this.options.process;
    this.log.adopt(copy, (other) => other === id || this.followers.get(other)?.isKnown === true);
    this.replicas.renew();
  }

  private leave(follower: Peer): void {
    follower.pending?.done();
    if (this.followers.get(follower.process.id) === follower) this.followers.delete(follower.process.id);
    this.options.changed();
    if (!this.log.hasEnded(follower.process.id) && hasEnded(follower.process)) {
      this.append({ type: 'ended', process: follower.process.id });
    }
    this.chooseReplicas();
  }

  private chooseReplicas(): void {
    this.replicas.choose();
    this.sendMembership();
  }

  private sendMembership(): void {
    const [epoch] = this.log.version;
    const all = [{ process: this.options.process, isReplica: true }, ...this.followers.values()];
    const membership: Membership = all.map(({ process: { id, pid, started }, isReplica }) => ({
      id,
      pid,
      started,
      isReplica,
    }));
    const text = JSON.stringify(membership);
    for (const follower of this.followers.values()) {
      if (text === follower.membership || follower.connection.backlog > MAX_BACKLOG_BYTES) continue;
      follower.membership = text;
      follower.connection.send({ type: 'membership', membership, epoch });
    }
  }
}
