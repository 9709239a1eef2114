import { within } from '../../base/waits.ts';
import type { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';
import type { Entry, FollowerMessage, LeaderMessage, ProcessDescription } from './messages.ts';

/** Members that keep a copy of the ledger: as many processes may die at one moment besides the leader. */
const KEEPERS = 2;

/** Bytes that may wait for a keeper before another takes its place. */
const LONGEST_BACKLOG = 2 ** 23;

/** A follower, as far as it may keep a copy of the ledger. */
export interface Keeper {
  readonly process: ProcessDescription;
  readonly connection: Connection<FollowerMessage, LeaderMessage>;
  /** Whether it has said what it kept of an earlier leader's ledger. */
  hasReported: boolean;
  isKeeper: boolean;
  /** An entry that it has not confirmed to have kept. */
  keeping: { readonly request: number; readonly done: () => void } | undefined;
}

export interface KeepersOptions {
  readonly ledger: Ledger;
  /** The leader's followers, those that have been here longest first. */
  readonly followers: () => Iterable<Keeper>;
  readonly isStale: (id: string) => boolean;
}

/** Has some followers keep a copy of the leader's ledger, which one of them goes on with when the leader is gone. */
export class Keepers {
  private readonly options: KeepersOptions;
  private requests = 0;

  constructor(options: KeepersOptions) {
    this.options = options;
  }

  get areAny(): boolean {
    return this.chosen().length > 0;
  }

  /** Has every keeper make the entry that the leader has made. */
  copy(entry: Entry): void {
    for (const { connection } of this.chosen()) connection.send({ type: 'entry', entry });
  }

  /**
   * As {@link copy}, and waits until one of them has made it.
   *
   * @returns false when there is none, or none in time (milliseconds)
   */
  async copySafely(entry: Entry, timeout: number): Promise<boolean> {
    const request = ++this.requests;
    const kept = this.chosen().map(
      (follower) =>
        new Promise<void>((done) => {
          follower.keeping = { request, done };
          follower.connection.send({ type: 'entry', entry, request });
        }),
    );
    return kept.length > 0 && within(timeout, Promise.any(kept));
  }

  /** The ledger has taken over what another copy knew. */
  renew(): void {
    for (const follower of this.chosen()) this.set(follower, true);
  }

  /** Those that have been here longest and are not stuck. */
  choose(): void {
    const able = [...this.options.followers()].filter(
      (follower) => follower.hasReported && !this.isStuck(follower),
    );
    const chosen = able.filter(({ isKeeper }) => isKeeper).length;
    for (const follower of able.filter(({ isKeeper }) => !isKeeper).slice(0, KEEPERS - chosen)) {
      this.set(follower, true);
    }
  }

  /** Others may take the place of those that are stuck. */
  dismissStuck(): void {
    for (const follower of this.chosen()) if (this.isStuck(follower)) this.set(follower, false);
  }

  private isStuck({ process, connection }: Keeper): boolean {
    return this.options.isStale(process.id) || connection.backlog > LONGEST_BACKLOG;
  }

  private chosen(): Keeper[] {
    return [...this.options.followers()].filter(({ isKeeper }) => isKeeper);
  }

  private set(follower: Keeper, isKeeper: boolean): void {
    follower.isKeeper = isKeeper;
    const copy = isKeeper ? this.options.ledger.copy(Date.now()) : undefined;
    follower.connection.send({ type: 'keep', copy });
  }
}
