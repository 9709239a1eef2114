import { within } from '../../base/waits.ts';
import type { Connection } from './connection.ts';
import type { Entry, FollowerMessage, LeaderMessage, ProcessDescription } from './messages.ts';
import type { ReplicatedLog } from './replicated-log.ts';

/** Members that keep a copy of the log: as many processes may die at one moment besides the leader. */
const REPLICAS = 2;

/** Bytes that may wait for a replica before another takes its place. */
const LONGEST_BACKLOG = 2 ** 23;

/** A follower, as far as it may keep a copy of the log. */
export interface Replica {
  readonly process: ProcessDescription;
  readonly connection: Connection<FollowerMessage, LeaderMessage>;
  /** Whether it has said what it kept of an earlier leader's log. */
  hasReported: boolean;
  isReplica: boolean;
  /** An entry that it has not confirmed to have kept. */
  unconfirmed: { readonly request: number; readonly done: () => void } | undefined;
}

export interface ReplicasOptions {
  readonly log: ReplicatedLog;
  /** The leader's followers, those that have been here longest first. */
  readonly followers: () => Iterable<Replica>;
  readonly isStale: (id: string) => boolean;
}

/** Has some followers keep a copy of the leader's log, which one of them goes on with when the leader is gone. */
export class Replicas {
  private readonly options: ReplicasOptions;
  private requests = 0;

  constructor(options: ReplicasOptions) {
    this.options = options;
  }

  get areAny(): boolean {
    return this.chosen().length > 0;
  }

  /** Has every replica make the entry that the leader has made. */
  copy(entry: Entry): void {
    for (const { connection } of this.chosen()) connection.send({ type: 'entry', entry });
  }

  /**
   * As {@link copy}, and waits until one of them has made it.
   *
   * @returns false when there is none, or none in time (milliseconds)
   */
  async copyAndConfirm(entry: Entry, timeout: number): Promise<boolean> {
    const request = ++this.requests;
    const kept = this.chosen().map(
      (follower) =>
        new Promise<void>((done) => {
          follower.unconfirmed = { request, done };
          follower.connection.send({ type: 'entry', entry, request });
        }),
    );
    return kept.length > 0 && within(timeout, Promise.any(kept));
  }

  /** The log has taken over what another copy knew. */
  renew(): void {
    for (const follower of this.chosen()) this.set(follower, true);
  }

  /** Those that have been here longest and are not stuck. */
  choose(): void {
    const able = [...this.options.followers()].filter(
      (follower) => follower.hasReported && !this.isStuck(follower),
    );
    const chosen = able.filter(({ isReplica }) => isReplica).length;
    for (const follower of able.filter(({ isReplica }) => !isReplica).slice(0, REPLICAS - chosen)) {
      this.set(follower, true);
    }
  }

  /** Others may take the place of those that are stuck. */
  dismissStuck(): void {
    for (const follower of this.chosen()) if (this.isStuck(follower)) this.set(follower, false);
  }

  private isStuck({ process, connection }: Replica): boolean {
    return this.options.isStale(process.id) || connection.backlog > LONGEST_BACKLOG;
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
