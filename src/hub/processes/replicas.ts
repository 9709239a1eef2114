import { within } from '../../base/waits.ts';
import type { Connection } from './connection.ts';
import type { Answer, Entry, LeaderMessage, ProcessDescription } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** As many processes may die together with the leader without a loss. */
const MAX_REPLICAS = 2;

/** A replica with more unsent bytes is stuck, and another follower takes its place. */
const MAX_BACKLOG_BYTES = 2 ** 23;

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

  constructor(options: ReplicasOptions) {
    this.options = options;
  }

  get exist(): boolean {
    return this.chosen().length > 0;
  }

  /** Sends the entry to every replica. */
  copy(entry: Entry): void {
    for (const { connection } of this.chosen()) connection.send({ type: 'entry', entry });
  }

  /**
   * As {@link copy}, and waits until a replica confirms the entry.
   *
   * @param timeout milliseconds
   * @returns false when no replica did in time
   */
  async copyAndConfirm(entry: Entry, timeout: number): Promise<boolean> {
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

  private set(follower: Replica, isReplica: boolean): void {
    follower.isReplica = isReplica;
    const copy = isReplica ? this.options.log.copy(Date.now()) : undefined;
    follower.connection.send({ type: 'replicate', copy });
  }
}
