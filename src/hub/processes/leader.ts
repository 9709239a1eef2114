import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { pause } from '../../base/waits.ts';
import type { Rendezvous } from '../../channel/rendezvous.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import type { Memory } from './follower.ts';
import { Followers } from './followers.ts';
import { Ledger } from './ledger.ts';
import type { LedgerCopy, ProcessDescription, Roster, ServiceName } from './messages.ts';
import { type Observed, type Own, type OwnMetrics, ofTheMachine } from './own-series.ts';
import { ownScope, type ProcessMetrics, processCounts, ServiceView } from './service-view.ts';

/** Milliseconds for those who may know a former leader's totals to come, where it is not known who they are. */
const ARRIVAL = 500;
/** Milliseconds to wait for a process that lives and has a copy of the ledger, but does not come. */
const LONGEST_ARRIVAL = 10_000;

/** An endpoint that is open. */
export interface Served {
  readonly url: string;
  readonly port: number;
}

export interface LeaderOptions {
  readonly service: ServiceName;
  readonly process: ProcessDescription;
  readonly metrics: OwnMetrics;
  readonly own: Own;
  readonly served: Served;
  readonly memory: Memory;
  readonly collectTimeout: number;
  readonly gaugeRules: GaugeRules;
  readonly keepLedger: (ledger: LedgerCopy) => void;
  readonly changed: () => void;
}

/** This process as the leader: keeps the ledger, and collects for the whole service. */
export class Leader {
  private readonly options: LeaderOptions;
  private readonly followers: Followers;
  private readonly view: ServiceView;
  /** Whether the ledger has this process' own series. */
  private isEntered = false;
  private isFinal = false;
  private rendezvous: Rendezvous | undefined;
  private hasArrived: Promise<void> = Promise.resolve();
  private isArriving = false;

  constructor(options: LeaderOptions) {
    this.options = options;
    const { memory, service, process, served } = options;
    const ledger = memory.ledger ?? new Ledger();
    ledger.beginEpoch(memory.epoch + 1);
    this.view = new ServiceView(options.gaugeRules);
    const changed = () => {
      // Whoever keeps a copy of the ledger shall find this process in it.
      if (!this.isEntered) this.enterOwn(undefined);
      options.changed();
    };
    const { keepLedger } = options;
    this.followers = new Followers({ service, process, endpoint: served, ledger, changed, keepLedger });
  }

  /** All that are here, or in the ledger, or may still come. */
  get processes(): readonly ProcessIdentity[] {
    return [...this.options.memory.roster, ...this.followers.processes];
  }

  get hasFollowers(): boolean {
    return this.followers.hasFollowers;
  }

  /** @param others the service's other processes that may live, as this process knew them as a follower */
  async start(rendezvous: Rendezvous, others: Roster): Promise<void> {
    const knowsAll = this.options.memory.ledger !== undefined;
    this.rendezvous = rendezvous;
    const listening = rendezvous.listen((socket) => this.followers.accept(socket));
    this.isArriving = true;
    this.hasArrived = listening.then(async (result) => {
      if (!knowsAll) await this.arrival(others, result?.wasUsed ?? false);
      this.isArriving = false;
    });
    await listening;
  }

  /** Everything the service has counted, as it is now. */
  async collect(): Promise<CollectionResult> {
    await this.hasArrived;
    const { metrics, collectTimeout } = this.options;
    const { followers } = this;
    if (!followers.isShared) return this.alone(await metrics.collect());
    const [observed] = await Promise.all([metrics.observe(), followers.refresh(collectTimeout)]);
    // Before anybody sees the numbers, others have them: they shall never go back.
    this.enterOwn(observed);
    const merged = this.view.merge(followers.ledger);
    const resource = this.view.resource(followers.ledger);
    const about = ownScope([this.counts(), this.view.processInformation(followers.ledger)]);
    return {
      resourceMetrics: {
        resource,
        scopeMetrics: [...merged, ...ofTheMachine(observed.scopeMetrics), about],
      },
      errors: [...observed.errors],
    };
  }

  /** What each process has told, as of the last collection; none where this one is alone. */
  eachProcess(): readonly ProcessMetrics[] {
    return this.followers.isShared ? this.view.eachProcess(this.followers.ledger) : [];
  }

  /** What is to be done every second. */
  tend(): void {
    if (this.isArriving) return;
    void this.rendezvous?.tend();
    if (this.followers.hasFollowers) this.enterOwn(undefined);
    this.followers.tend();
  }

  /**
   * Hands this process' last values over to whoever may be the next leader, in at most `timeout` milliseconds.
   *
   * @param others the service's processes that may still come
   */
  async finish(timeout: number, others: () => Roster): Promise<boolean> {
    const deadline = performance.now() + timeout;
    while (!this.followers.hasKeeper && performance.now() < deadline) {
      if (!this.followers.hasFollowers && others().length === 0) return true;
      await pause(10);
    }
    if (!this.followers.hasKeeper) return !this.followers.hasFollowers;
    this.enterOwn(undefined);
    this.isFinal = true;
    const { id } = this.options.process;
    return this.followers.enterSafely({ type: 'ended', process: id }, deadline - performance.now());
  }

  private alone({ resourceMetrics, errors }: CollectionResult): CollectionResult {
    const about = ownScope([processCounts({ live: 1, stale: 0, ended: 0 })]);
    const scopeMetrics = [...resourceMetrics.scopeMetrics, about];
    return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
  }

  private counts() {
    const { ledger } = this.followers;
    const ids = [...ledger.processes.keys()];
    const stale = ids.filter((id) => this.followers.isStale(id)).length;
    return processCounts({ live: ids.length - stale, stale, ended: ledger.endedProcesses });
  }

  private enterOwn(observed: Observed | undefined): void {
    if (this.isFinal) return;
    const { own, process } = this.options;
    const change = own.take(observed);
    const news = this.isEntered ? change : { isWhole: true, diff: own.everything() };
    this.isEntered = true;
    this.followers.enter({ type: 'state', process, ...news });
  }

  /** Waits for a process that has a copy of the ledger, which this process has not. */
  private async arrival(others: Roster, wasUsed: boolean): Promise<void> {
    const keepers = others.filter(({ isKeeper }) => isKeeper);
    const isKnown = keepers.length > 0;
    const deadline = performance.now() + (isKnown ? LONGEST_ARRIVAL : wasUsed ? ARRIVAL : 0);
    while (performance.now() < deadline) {
      if (isKnown && keepers.some(({ id }) => this.followers.hasReported(id))) return;
      if (isKnown && keepers.every(hasEnded)) return;
      await pause(10);
    }
  }
}
