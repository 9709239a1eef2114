import { within } from '../../base/waits.ts';
import type { Connection } from './connection.ts';
import type { Ledger } from './ledger.ts';
import type { Entry, HostMessage, MemberMessage, ProcessDescription } from './messages.ts';

/** Members that keep a copy of the ledger: as many processes may die at one moment besides the host. */
const KEEPERS = 2;

/** Bytes that may wait for a keeper before another takes its place. */
const LONGEST_BACKLOG = 2 ** 23;

/** A member, as far as it may keep a copy of the ledger. */
export interface Keeper {
  readonly process: ProcessDescription;
  readonly connection: Connection<MemberMessage, HostMessage>;
  /** Whether it has said what it kept of an earlier host's ledger. */
  hasReported: boolean;
  isKeeper: boolean;
  /** An entry that it has not confirmed to have kept. */
  keeping: { readonly request: number; readonly done: () => void } | undefined;
}

export interface KeepersOptions {
  readonly ledger: Ledger;
  /** The host's members, those that have been here longest first. */
  readonly members: () => Iterable<Keeper>;
  readonly isStale: (id: string) => boolean;
}

/** Has some members keep a copy of the host's ledger, which one of them goes on with when the host is gone. */
export class Keepers {
  private readonly options: KeepersOptions;
  private requests = 0;

  constructor(options: KeepersOptions) {
    this.options = options;
  }

  get areAny(): boolean {
    return this.chosen().length > 0;
  }

  /** Has every keeper make the entry that the host has made. */
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
      (member) =>
        new Promise<void>((done) => {
          member.keeping = { request, done };
          member.connection.send({ type: 'entry', entry, request });
        }),
    );
    return kept.length > 0 && within(timeout, Promise.any(kept));
  }

  /** The ledger has taken over what another copy knew. */
  renew(): void {
    for (const member of this.chosen()) this.set(member, true);
  }

  /** Those that have been here longest and are not stuck. */
  choose(): void {
    const able = [...this.options.members()].filter((member) => member.hasReported && !this.isStuck(member));
    const chosen = able.filter(({ isKeeper }) => isKeeper).length;
    for (const member of able.filter(({ isKeeper }) => !isKeeper).slice(0, KEEPERS - chosen)) {
      this.set(member, true);
    }
  }

  /** Others may take the place of those that are stuck. */
  dismissStuck(): void {
    for (const member of this.chosen()) if (this.isStuck(member)) this.set(member, false);
  }

  private isStuck({ process, connection }: Keeper): boolean {
    return this.options.isStale(process.id) || connection.backlog > LONGEST_BACKLOG;
  }

  private chosen(): Keeper[] {
    return [...this.options.members()].filter(({ isKeeper }) => isKeeper);
  }

  private set(member: Keeper, isKeeper: boolean): void {
    member.isKeeper = isKeeper;
    const copy = isKeeper ? this.options.ledger.copy(Date.now()) : undefined;
    member.connection.send({ type: 'keep', copy });
  }
}
