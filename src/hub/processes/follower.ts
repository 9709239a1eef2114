import type { Socket } from 'node:net';
import { within } from '../../base/waits.ts';
import type { OwnStalls, StallView } from '../stalls/report.ts';
import { checked } from './checks.ts';
import { Connection } from './connection.ts';
import type { Diff } from './diff.ts';
import {
  ANSWER,
  type Answer,
  type FollowerMessage,
  type Hello,
  LEADER_MESSAGE,
  type LeaderMessage,
  type Membership,
} from './messages.ts';
import type { Change } from './outgoing.ts';
import { ReplicatedLog } from './replicated-log.ts';

/** With more unsent bytes an exchange is skipped: the next one covers its changes. */
const MAX_BACKLOG_BYTES = 2 ** 20;

/** A process' knowledge of the service. It outlives a leader. */
export interface Memory {
  /** A copy of the leader's log, if this process is a replica. */
  log: ReplicatedLog | undefined;
  membership: Membership;
  epoch: number;
}

/** This process' series, as it sends them to other processes. */
export interface OwnSeries {
  everything(): Diff;
  /**
   * Reads the series; with `observe` the application's observable callbacks run first. The function that this resolves
   * to takes the change, which the next one then does not contain.
   */
  read(how: { observe: boolean }): Promise<() => Change>;
}

export interface FollowerOptions {
  readonly hello: Hello;
  readonly memory: Memory;
  readonly own: OwnSeries;
  readonly stalls: OwnStalls;
}

/** The role of a process that has a leader: it sends its counts, and keeps a copy of the log if asked to. */
export class Follower {
  private readonly options: FollowerOptions;
  private readonly connection: Connection<Hello | FollowerMessage>;
  private answered: (answer: Answer | undefined) => void = () => {};
  private received: () => void = () => {};
  /** The version of the stalls that the leader has. */
  private sentStalls = 0;
  private isWelcome = false;
  private isOver = false;
  /** Resolves when the leader is gone; with an error when this process cut it off. */
  readonly left: Promise<Error | undefined>;

  constructor(socket: Socket, options: FollowerOptions) {
    this.options = options;
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    this.left = promise;
    this.connection = new Connection(
      socket,
      (message) => {
        if (this.isWelcome) this.receive(checked('message', message, LEADER_MESSAGE));
        else this.receiveAnswer(checked('answer', message, ANSWER));
      },
      (error) => {
        this.isOver = true;
        this.answered(undefined);
        resolve(error);
      },
    );
  }

  /**
   * Introduces this process to the leader. After a welcome the leader has its series.
   *
   * @param timeout milliseconds
   * @returns the leader's answer; `undefined` when there was none in time
   */
  async greet(timeout: number): Promise<Answer | undefined> {
    let answer: Answer | undefined;
    const answered = new Promise<void>((resolve) => {
      this.answered = (given) => {
        answer ??= given;
        resolve();
      };
    });
    this.connection.send(this.options.hello);
    await within(timeout, answered);
    if (answer?.type !== 'welcome') this.close();
    return answer;
  }

  /** Sends what changed since the last time, unless the leader cannot keep up. */
  async push(): Promise<void> {
    if (this.connection.backlog > MAX_BACKLOG_BYTES) return;
    await this.send({ observe: false }, {});
  }

  /** Sends the final state, and waits for at most `timeout` milliseconds until the leader confirms it. */
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

  private receiveAnswer(answer: Answer): void {
    if (answer.type === 'welcome') {
      const { memory, own } = this.options;
      this.isWelcome = true;
      this.connection.send({ type: 'state', isWhole: true, diff: own.everything(), ...this.newStalls() });
      this.connection.send({ type: 'log', copy: memory.log?.copy(Date.now()) });
    }
    this.answered(answer);
  }

  /** @throws when the message does not fit what the leader sent before; nothing has changed then */
  private receive(message: LeaderMessage): void {
    const { memory } = this.options;
    switch (message.type) {
      case 'collect':
        void this.send({ observe: true }, { answers: message.request });
        break;
      case 'received':
        this.received();
        break;
      case 'membership':
        memory.membership = message.membership;
        memory.epoch = message.epoch;
        this.dropObsoleteCopy(message.membership);
        break;
      case 'replicate':
        memory.log = message.copy === undefined ? undefined : ReplicatedLog.from(message.copy);
        break;
      case 'entry':
        memory.log?.requireFit(message.entry);
        memory.log?.append(message.entry);
        if (message.request !== undefined)
          this.connection.send({ type: 'appended', request: message.request });
        break;
    }
  }

  /** The copy of an earlier leader's log is obsolete once others are replicas of this leader. */
  private dropObsoleteCopy(membership: Membership): void {
    const { memory, hello } = this.options;
    const replicas = membership.filter(({ isReplica }) => isReplica);
    // The leader itself counts as one.
    if (replicas.length > 1 && !replicas.some(({ id }) => id === hello.process.id)) memory.log = undefined;
  }

  private async send(
    how: { observe: boolean },
    purpose: { readonly answers?: number; readonly isFinal?: boolean },
  ): Promise<void> {
    const take = await this.options.own.read(how);
    // A change that is taken but not sent would be missing from what the next leader gets.
    if (this.isOver) return;
    this.connection.send({ type: 'state', ...take(), ...purpose, ...this.newStalls() });
  }

  private newStalls(): { readonly stalls?: readonly StallView[] } {
    const { stalls } = this.options;
    if (stalls.version === this.sentStalls) return {};
    this.sentStalls = stalls.version;
    return { stalls: stalls.views() };
  }
}
