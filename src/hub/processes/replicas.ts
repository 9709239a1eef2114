import { within } from '../../base/waits.ts';
import { type Connection, framed } from './connection.ts';
import type { Answer, Entry, LeaderMessage, ProcessDescription } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** As many processes may die together with the leader without a loss. */
const MAX_REPLICAS = 2;

/** A replica with more unsent bytes is stuck, and another follower takes its place. */
const MAX_BACKLOG_BYTES = 2 ** 23;

/** With more bytes that wait for the end of a collection, they are sent before it. */
const MAX_WAITING_BYTES = 2 ** 20;

/** A follower that may keep a copy of the log. */
export interface Replica {
  readonly process: ProcessDescription;
  readonly connection: Connection<Answer | LeaderMessage>;
  /** Whether it has sent its copy of an earlier leader's log, or has said that it has none. */
  hasReported: boolean;
  isReplica: boolean;
  /** The entry that it has not confirmed yet. */
  unconfirmed: { readonly request: number; readonly done: () => void } | undefined;
}

export interface ReplicasOptions {
  readonly log: ReplicatedLog;
  /** The leader's followers, in the order in which they joined. */
  readonly followers: () => Iterable<Replica>;
  /** A replica that only owes an answer keeps its copy: every scrape asks it. */
  readonly isSilent: (id: string) => boolean;
}

/** Followers with a copy of the leader's log: one of them continues it when the leader is gone. */
export class Replicas {
  private readonly options: ReplicasOptions;
  private requests = 0;
  /** Entries that the replicas have not been sent yet. */
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** Collections that hold entries back. */
  private holds = 0;

  constructor(options: ReplicasOptions) {
    this.options = options;
  }

  get exist(): boolean {
    for (const { isReplica } of this.options.followers()) if (isReplica) return true;
    return false;
  }

  /** Sends the entry to every replica: at once, or with others at the end of the collection that holds it back. */
  copy(entry: Entry): void {
    if (!this.exist) return;
    const frame = framed({ type: 'entry', entry });
    this.waiting.push(frame);
    this.waitingBytes += frame.length;
    // The leader tells an ended process that its numbers are safe.
    const mayWait = this.holds > 0 && entry.type === 'state' && this.waitingBytes < MAX_WAITING_BYTES;
    if (!mayWait) this.sendWaiting();
  }

  /**
   * Holds entries back until the returned function is called: those of all processes cross in one write, and wake
   * each replica once. (bench/processes.ts)
   */
  hold(): () => void {
    this.holds++;
    return () => {
      this.holds--;
      if (this.holds === 0) this.sendWaiting();
    };
  }

  /**
   * As {@link copy}, and waits until a replica confirms the entry.
   *
   * @param timeout milliseconds
   * @returns false when no replica did in time
   */
  async copyAndConfirm(entry: Entry, timeout: number): Promise<boolean> {
    this.sendWaiting();
    const request = ++this.requests;
    const confirmed = this.chosen().map(
      (follower) =>
        new Promise<void>((done) => {
          follower.unconfirmed = { request, done };
          follower.connection.send({ type: 'entry', entry, request });
        }),
    );
    return confirmed.length > 0 && within(timeout, Promise.any(confirmed));
  }

  /** Sends every replica the whole log again, after the leader has adopted another copy. */
  renew(): void {
    for (const follower of this.chosen()) this.set(follower, true);
  }

  /** Fills up the replicas with the followers that joined first and are not stuck. */
  choose(): void {
    const able = [...this.options.followers()].filter(
      (follower) => follower.hasReported && !this.isStuck(follower),
    );
    const chosen = able.filter(({ isReplica }) => isReplica).length;
    for (const follower of able.filter(({ isReplica }) => !isReplica).slice(0, MAX_REPLICAS - chosen)) {
      this.set(follower, true);
    }
  }

  /** Makes room for other followers. */
  dismissStuck(): void {
    for (const follower of this.chosen()) if (this.isStuck(follower)) this.set(follower, false);
  }

  private isStuck({ process, connection }: Replica): boolean {
    return this.options.isSilent(process.id) || connection.backlog > MAX_BACKLOG_BYTES;
  }

  private chosen(): Replica[] {
    return [...this.options.followers()].filter(({ isReplica }) => isReplica);
  }

  private sendWaiting(): void {
    if (this.waiting.length === 0) return;
    const [only] = this.waiting;
    const frames = only !== undefined && this.waiting.length === 1 ? only : Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingBytes = 0;
    for (const { connection } of this.chosen()) connection.sendFramed(frames);
  }

  private set(follower: Replica, isReplica: boolean): void {
    // The waiting frames are for the replicas so far. A new replica has their content in its copy.
    this.sendWaiting();
    follower.isReplica = isReplica;
    const copy = isReplica ? this.options.log.copy(Date.now()) : undefined;
    follower.connection.send({ type: 'replicate', copy });
  }
}
