import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { pause } from '../../base/waits.ts';
import type { Discovery } from '../../channel/discovery.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import type { Memory } from './follower.ts';
import { Followers } from './followers.ts';
import type { LogCopy, Membership, ProcessDescription, ServiceName } from './messages.ts';
import { type Observed, type Own, type OwnMetrics, ofTheMachine } from './own-series.ts';
import { ReplicatedLog } from './replicated-log.ts';
import { ownScope, type ProcessMetrics, processCounts, ServiceView } from './service-view.ts';

/** Milliseconds for those who may know a former leader's totals to come, where it is not known who they are. */
const ARRIVAL = 500;
/** Milliseconds to wait for a process that lives and has a copy of the log, but does not come. */
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
  readonly saveLog: (log: LogCopy) => void;
  readonly changed: () => void;
}

/** This process as the leader: keeps the log, and collects for the whole service. */
export class Leader {
  private readonly options: LeaderOptions;
  private readonly followers: Followers;
  private readonly view: ServiceView;
  /** Whether the log has this process' own series. */
  private isInLog = false;
  private isFinal = false;
  private discovery: Discovery | undefined;
  private hasArrived: Promise<void> = Promise.resolve();
  private isArriving = false;

  constructor(options: LeaderOptions) {
    this.options = options;
    const { memory, service, process, served } = options;
    const log = memory.log ?? new ReplicatedLog();
    log.beginEpoch(memory.epoch + 1);
    this.view = new ServiceView(options.gaugeRules);
    const changed = () => {
      // Whoever keeps a copy of the log shall find this process in it.
      if (!this.isInLog) this.appendOwn(undefined);
      options.changed();
    };
    const { saveLog } = options;
    this.followers = new Followers({ service, process, endpoint: served, log, changed, saveLog });
  }

  /** All that are here, or in the log, or may still come. */
  get processes(): readonly ProcessIdentity[] {
    return [...this.options.memory.membership, ...this.followers.processes];
  }

  get hasFollowers(): boolean {
    return this.followers.hasFollowers;
  }

  /** @param others the service's other processes that may live, as this process knew them as a follower */
  async start(discovery: Discovery, others: Membership): Promise<void> {
    const knowsAll = this.options.memory.log !== undefined;
    this.discovery = discovery;
    const listening = discovery.listen((socket) => this.followers.accept(socket));
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
    this.appendOwn(observed);
    const merged = this.view.merge(followers.log);
    const resource = this.view.resource(followers.log);
    const about = ownScope([this.counts(), this.view.processInformation(followers.log)]);
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
    return this.followers.isShared ? this.view.eachProcess(this.followers.log) : [];
  }

  /** What is to be done every second. */
  tend(): void {
    if (this.isArriving) return;
    void this.discovery?.tend();
    if (this.followers.hasFollowers) this.appendOwn(undefined);
    this.followers.tend();
  }

  /**
   * Hands this process' last values over to whoever may be the next leader, in at most `timeout` milliseconds.
   *
   * @param others the service's processes that may still come
   */
  async finish(timeout: number, others: () => Membership): Promise<boolean> {
    const deadline = performance.now() + timeout;
    while (!this.followers.hasReplica && performance.now() < deadline) {
      if (!this.followers.hasFollowers && others().length === 0) return true;
      await pause(10);
    }
    if (!this.followers.hasReplica) return !this.followers.hasFollowers;
    this.appendOwn(undefined);
    this.isFinal = true;
    const { id } = this.options.process;
    return this.followers.appendReplicated({ type: 'ended', process: id }, deadline - performance.now());
  }

  private alone({ resourceMetrics, errors }: CollectionResult): CollectionResult {
    const about = ownScope([processCounts({ live: 1, stale: 0, ended: 0 })]);
    const scopeMetrics = [...resourceMetrics.scopeMetrics, about];
    return { resourceMetrics: { ...resourceMetrics, scopeMetrics }, errors };
  }

  private counts() {
    const { log } = this.followers;
    const ids = [...log.processes.keys()];
    const stale = ids.filter((id) => this.followers.isStale(id)).length;
    return processCounts({ live: ids.length - stale, stale, ended: log.endedProcesses });
  }

  private appendOwn(observed: Observed | undefined): void {
    if (this.isFinal) return;
    const { own, process } = this.options;
    const change = own.take(observed);
    const news = this.isInLog ? change : { isWhole: true, diff: own.everything() };
    this.isInLog = true;
    this.followers.append({ type: 'state', process, ...news });
  }

  /** Waits for a process that has a copy of the log, which this process has not. */
  private async arrival(others: Membership, wasUsed: boolean): Promise<void> {
    const replicas = others.filter(({ isReplica }) => isReplica);
    const isKnown = replicas.length > 0;
    const deadline = performance.now() + (isKnown ? LONGEST_ARRIVAL : wasUsed ? ARRIVAL : 0);
    while (performance.now() < deadline) {
      if (isKnown && replicas.some(({ id }) => this.followers.hasReported(id))) return;
      if (isKnown && replicas.every(hasEnded)) return;
      await pause(10);
    }
  }
}
