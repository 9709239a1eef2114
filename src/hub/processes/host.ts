import type { Socket } from 'node:net';
import { within } from '../../base/waits.ts';
import { hasEnded } from '../../model/process-identity.ts';
import { Connection } from './connection.ts';
import { type Keeper, Keepers } from './keepers.ts';
import type { Ledger } from './ledger.ts';
import {
  type Entry,
  type HostMessage,
  type LedgerCopy,
  type MemberMessage,
  PROTOCOL,
  type ProcessDescription,
  type Roster,
  type ServiceName,
} from './messages.ts';

/** Milliseconds without a word, of which there is one a second, after which a member counts as stale. */
const SILENCE = 2500;

export interface HostOptions {
  readonly service: ServiceName;
  readonly process: ProcessDescription;
  readonly endpoint: { readonly url: string; readonly port: number };
  readonly ledger: Ledger;
  /** Called when a member has come or gone. */
  readonly changed: () => void;
  /** Called when a process has ended. */
  readonly keepLedger: (ledger: LedgerCopy) => void;
}

interface Member extends Keeper {
  /** Milliseconds, of a clock that is never set. */
  lastHeard: number;
  /** Its state has arrived: the ledger has it from its own hand. */
  isKnown: boolean;
  /** The collection it has not answered yet, and who waits for it. */
  pending: { readonly request: number; readonly done: () => void } | undefined;
}

/** The host's side: whom it serves besides itself, and the ledger of what they all have counted. */
export class Host {
  readonly ledger: Ledger;
  private readonly options: HostOptions;
  private readonly members = new Map<string, Member>();
  private readonly keepers: Keepers;
  private requests = 0;
  private lastRoster = '';
  /** Whether there has been another process of the service: from then on series are told apart. */
  isShared: boolean;

  constructor(options: HostOptions) {
    this.options = options;
    this.ledger = options.ledger;
    this.keepers = new Keepers({
      ledger: options.ledger,
      members: () => this.members.values(),
      isStale: (id) => this.isStale(id),
    });
    this.isShared = this.ledger.endedProcesses > 0 || this.ledger.processes.size > 0;
  }

  /** Those that are here, and those that the ledger has. */
  get processes(): ProcessDescription[] {
    return [...this.members.values(), ...this.ledger.processes.values()].map(({ process }) => process);
  }

  get hasMembers(): boolean {
    return this.members.size > 0;
  }

  get hasKeeper(): boolean {
    return this.keepers.areAny;
  }

  /** Whether this process has connected and told all it knows. */
  hasReported(id: string): boolean {
    return this.members.get(id)?.hasReported === true;
  }

  /** Whether what is known of the process may be old: it was silent, answered too late, or is not there. */
  isStale(id: string): boolean {
    if (id === this.options.process.id) return false;
    const member = this.members.get(id);
    return (
      member === undefined || member.pending !== undefined || performance.now() - member.lastHeard > SILENCE
    );
  }

  accept(socket: Socket): void {
    let member: Member | undefined;
    const connection: Connection<MemberMessage, HostMessage> = new Connection(
      socket,
      (message) => {
        if (member === undefined) member = this.greet(connection, message);
        else this.receive(member, message);
      },
      () => {
        if (member !== undefined) this.leave(member);
      },
    );
  }

  /** Has every member send its state as it is now, and waits for at most `timeout` milliseconds. */
  async refresh(timeout: number): Promise<void> {
    const answers: Promise<void>[] = [];
    for (const member of this.members.values()) {
      // One that has not answered yet is stuck, and is not waited for at all.
      if (member.pending !== undefined) continue;
      const request = ++this.requests;
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = () => {
        member.pending = undefined;
        resolve();
      };
      member.pending = { request, done };
      member.connection.send({ type: 'collect', request });
      answers.push(promise);
    }
    await within(timeout, Promise.all(answers));
  }

  /** Makes an entry, and has it copied. */
  enter(entry: Entry): void {
    this.ledger.enter(entry);
    if (entry.type === 'ended') this.options.keepLedger(this.ledger.copy(Date.now()));
    this.keepers.copy(entry);
  }

  /**
   * Makes an entry and waits until a keeper has it.
   *
   * @returns false when there is none, or none in time (milliseconds)
   */
  enterSafely(entry: Entry, timeout: number): Promise<boolean> {
    this.ledger.enter(entry);
    return this.keepers.copySafely(entry, timeout);
  }

  /** What is to be done from time to time: the dead are counted as such, and keepers that are stuck replaced. */
  tend(): void {
    const own = this.options.process.id;
    for (const { process } of [...this.ledger.processes.values()]) {
      const isHere = process.id === own || this.members.has(process.id);
      if (!isHere && hasEnded(process)) this.enter({ type: 'ended', process: process.id });
    }
    this.keepers.dismissStuck();
    this.chooseKeepers();
  }

  private greet(
    connection: Connection<MemberMessage, HostMessage>,
    message: MemberMessage,
  ): Member | undefined {
    const { service, endpoint, process } = this.options;
    if ('type' in message) throw new Error('the first message is no greeting');
    const isOurs = message.service?.name === service.name && message.service?.namespace === service.namespace;
    const reason = this.reasonToRefuse(message.protocol, isOurs, message.process.id);
    if (reason !== undefined) {
      connection.send({ type: 'refused', reason, protocol: PROTOCOL, service, pid: process.pid });
      connection.end();
      return undefined;
    }
    const member: Member = {
      process: message.process,
      connection,
      lastHeard: performance.now(),
      isKnown: false,
      hasReported: false,
      isKeeper: false,
      pending: undefined,
      keeping: undefined,
    };
    // Its hub was restarted: the connection of the one before is of no use.
    this.members.get(member.process.id)?.connection.end();
    this.members.set(member.process.id, member);
    this.isShared = true;
    // It has none yet, even if it is on the one that was sent last.
    this.lastRoster = '';
    connection.send({ type: 'welcome', ...endpoint, pid: process.pid });
    this.options.changed();
    return member;
  }

  private reasonToRefuse(protocol: string, isOurs: boolean, id: string) {
    if (protocol !== PROTOCOL) return 'protocol';
    if (!isOurs) return 'service';
    return this.ledger.hasEnded(id) ? 'ended' : undefined;
  }

  private receive(member: Member, message: MemberMessage): void {
    member.lastHeard = performance.now();
    if (!('type' in message)) throw new Error('a second greeting');
    switch (message.type) {
      case 'state': {
        const { isWhole, diff } = message;
        if (this.members.get(member.process.id) !== member) return;
        this.enter({ type: 'state', process: member.process, isWhole, diff });
        member.isKnown = true;
        if (member.pending !== undefined && message.answers === member.pending.request) member.pending.done();
        if (message.isFinal) {
          this.enter({ type: 'ended', process: member.process.id });
          this.members.delete(member.process.id);
          member.connection.send({ type: 'received' });
          this.leave(member);
        }
        break;
      }
      case 'ledger':
        if (message.copy !== undefined) this.adopt(message.copy);
        member.hasReported = true;
        this.chooseKeepers();
        break;
      case 'kept':
        if (member.keeping?.request === message.request) member.keeping.done();
        break;
    }
  }

  private adopt(copy: Parameters<Ledger['adopt']>[0]): void {
    const { id } = this.options.process;
    this.ledger.adopt(copy, (other) => other === id || this.members.get(other)?.isKnown === true);
    this.keepers.renew();
  }

  private leave(member: Member): void {
    member.pending?.done();
    if (this.members.get(member.process.id) === member) this.members.delete(member.process.id);
    this.options.changed();
    if (!this.ledger.hasEnded(member.process.id) && hasEnded(member.process)) {
      this.enter({ type: 'ended', process: member.process.id });
    }
    this.chooseKeepers();
  }

  private chooseKeepers(): void {
    this.keepers.choose();
    this.sendRoster();
  }

  private sendRoster(): void {
    const [epoch] = this.ledger.version;
    const all = [{ process: this.options.process, isKeeper: true }, ...this.members.values()];
    const roster: Roster = all.map(({ process: { id, pid, started }, isKeeper }) => ({
      id,
      pid,
      started,
      isKeeper,
    }));
    const news = JSON.stringify(roster);
    if (news === this.lastRoster) return;
    this.lastRoster = news;
    for (const { connection } of this.members.values()) connection.send({ type: 'roster', roster, epoch });
  }
}
