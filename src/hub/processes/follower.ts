import type { Socket } from 'node:net';
import { within } from '../../base/waits.ts';
import { Connection } from './connection.ts';
import type { Answer, FollowerMessage, Greeting, LeaderMessage, Membership } from './messages.ts';
import type { Change } from './outgoing.ts';
import { ReplicatedLog } from './replicated-log.ts';
import type { Diff } from './state.ts';

/** Bytes that may wait for a leader before nothing more is sent: the next difference covers it all. */
const LONGEST_BACKLOG = 2 ** 20;

/** What a follower remembers for the time after its leader. */
export interface Memory {
  /** A copy of the leader's log, if this follower keeps one. */
  log: ReplicatedLog | undefined;
  membership: Membership;
  epoch: number;
}

/** This process' series, for others. */
export interface OwnSeries {
  everything(): Diff;
  /**
   * Reads them anew: with `observe` as they are now, otherwise as they are without asking the application.
   * The change is taken by calling the function that this resolves to; it is then not in the next one.
   */
  read(how: { observe: boolean }): Promise<() => Change>;
}

export interface FollowerOptions {
  readonly greeting: Greeting;
  readonly memory: Memory;
  readonly own: OwnSeries;
}

/** A follower's side: tells its leader what this process counts, and keeps a copy of the log if asked to. */
export class Follower {
  private readonly options: FollowerOptions;
  private readonly connection: Connection<LeaderMessage, FollowerMessage>;
  private answered: (answer: Answer | undefined) => void = () => {};
  private received: () => void = () => {};
  private isOver = false;
  /** Resolves when the leader is gone. */
  readonly left: Promise<void>;

  constructor(socket: Socket, options: FollowerOptions) {
    this.options = options;
    let leave = () => {};
    this.left = new Promise((resolve) => {
      leave = resolve;
    });
    this.connection = new Connection<LeaderMessage, FollowerMessage>(
      socket,
      (message) => this.receive(message),
      () => {
        this.isOver = true;
        this.answered(undefined);
        leave();
      },
    );
  }

  /**
   * Presents itself. With a welcome this process is a follower and the leader has its series.
   *
   * @returns what the leader said; `undefined` when it said nothing in time (milliseconds)
   */
  async greet(timeout: number): Promise<Answer | undefined> {
    let answer: Answer | undefined;
    const answered = new Promise<void>((resolve) => {
      this.answered = (given) => {
        answer ??= given;
        resolve();
      };
    });
    this.connection.send(this.options.greeting);
    await within(timeout, answered);
    if (answer?.type !== 'welcome') this.close();
    return answer;
  }

  /** Sends what changed since the last time, unless the leader does not keep up. */
  async push(): Promise<void> {
    if (this.connection.backlog > LONGEST_BACKLOG) return;
    await this.send({ observe: false }, {});
  }

  /** Sends the last state there will be, and waits until the leader has it: for at most `timeout` milliseconds. */
  async finish(timeout: number): Promise<boolean> {
    const received = new Promise<void>((resolve) => {
      this.received = resolve;
    });
    await this.send({ observe: false }, { isFinal: true });
    return within(timeout, Promise.race([received, this.left.then(() => Promise.reject())]));
  }

  close(): void {
    this.connection.end();
  }

  private receive(message: LeaderMessage): void {
    const { memory } = this.options;
    switch (message.type) {
      case 'welcome':
        this.connection.send({ type: 'state', isWhole: true, diff: this.options.own.everything() });
        this.connection.send({ type: 'log', copy: memory.log?.copy(Date.now()) });
        this.answered(message);
        break;
      case 'refused':
        this.answered(message);
        break;
      case 'collect':
        void this.send({ observe: true }, { answers: message.request });
        break;
      case 'received':
        this.received();
        break;
      case 'membership':
        memory.membership = message.membership;
        memory.epoch = message.epoch;
        this.forget(message.membership);
        break;
      case 'replicate':
        memory.log = message.copy === undefined ? undefined : ReplicatedLog.from(message.copy);
        break;
      case 'entry':
        memory.log?.append(message.entry);
        if (message.request !== undefined)
          this.connection.send({ type: 'appended', request: message.request });
        break;
    }
  }

  /** What was kept for an earlier leader is of no use once others keep this one's log. */
  private forget(membership: Membership): void {
    const { memory, greeting } = this.options;
    const replicas = membership.filter(({ isReplica }) => isReplica);
    // The leader itself is one of them.
    if (replicas.length > 1 && !replicas.some(({ id }) => id === greeting.process.id)) memory.log = undefined;
  }

  private async send(
    how: { observe: boolean },
    purpose: { readonly answers?: number; readonly isFinal?: true },
  ): Promise<void> {
    const take = await this.options.own.read(how);
    // A change that is taken and sent to nobody would be missing from what the next leader gets.
    if (this.isOver) return;
    this.connection.send({ type: 'state', ...take(), ...purpose });
  }
}
