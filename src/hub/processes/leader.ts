import type { RequestListener } from 'node:http';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { pause } from '../../base/waits.ts';
import type { Discovery } from '../../channel/discovery/discovery.ts';
import type { Endpoint } from '../../channel/messages.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import type { OwnStalls, ProcessStall } from '../stalls/report.ts';
import type { Memory } from './follower.ts';
import { Followers } from './followers.ts';
import { acceptBoth } from './leader-requests.ts';
import type { LogCopy, Membership, ProcessDescription, ServiceName } from './messages.ts';
import { type Observed, type Own, type OwnMetrics, ofTheMachine } from './own-series.ts';
import { ReplicatedLog } from './replicated-log.ts';
import { serviceStalls } from './service-stalls.ts';
import { ownScope, type ProcessMetrics, processCounts, ServiceView } from './service-view.ts';

/** A new leader waits this long for unknown processes that may hold the log of an earlier leader. */
const UNKNOWN_REPLICAS_TIMEOUT_MS = 500;
/** A new leader waits this long for a replica that is known to live. */
const KNOWN_REPLICAS_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 10;

export interface LeaderOptions {
  readonly service: ServiceName;
  readonly process: ProcessDescription;
  readonly metrics: OwnMetrics;
  readonly own: Own;
  readonly stalls: OwnStalls;
  readonly endpoint: Endpoint;
  /** Answers the requests that followers pass on. */
  readonly requests: RequestListener;
  readonly memory: Memory;
  /** Milliseconds that a collection may wait for followers. */
  readonly collectTimeout: number;
  readonly gaugeRules: GaugeRules;
  /** Called with the log whenever a process has ended. */
  readonly saveLog: (log: LogCopy) => void;
  /** Called when a follower joins or leaves. */
  readonly changed: () => void;
}

/** The role of the process that serves the endpoint: it keeps the log and collects for the whole service. */
export class Leader {
  private readonly options: LeaderOptions;
  private readonly followers: Followers;
  private readonly view: ServiceView;
  /** Whether the log has this process' own series. */
  private isInLog = false;
  /** The version of this process' stalls that the log has. */
  private loggedStalls = 0;
  private isFinal = false;
  private discovery: Discovery | undefined;
  /** Resolves once an earlier leader's log has been recovered, or cannot be. */
  private recovered: Promise<void> = Promise.resolve();
  private isRecovering = false;

  constructor(options: LeaderOptions) {
    this.options = options;
    const { memory, service, process, endpoint, saveLog } = options;
    const log = memory.log ?? new ReplicatedLog();
    log.beginEpoch(memory.epoch + 1);
    this.view = new ServiceView(options.gaugeRules);
    const changed = () => {
      // The replicas' copies have to include this process too.
      if (!this.isInLog) this.appendOwn(undefined);
      options.changed();
    };
    this.followers = new Followers({ service, process, endpoint, log, changed, saveLog });
  }

  /** The processes that are connected or in the log, and those of the last membership. */
  get processes(): readonly ProcessIdentity[] {
    return [...this.options.memory.membership, ...this.followers.processes];
  }

  get hasFollowers(): boolean {
    return this.followers.hasFollowers;
  }

  /** @param others the service's other processes that may live, as this process knew them as a follower */
  async start(discovery: Discovery, others: Membership): Promise<void> {
    const hasLog = this.options.memory.log !== undefined;
    this.discovery = discovery;
    const { service, requests } = this.options;
    const listening = discovery.listen(
      acceptBoth(service, (socket) => this.followers.accept(socket), requests),
    );
    this.isRecovering = true;
    this.recovered = listening.then(async (result) => {
      if (!hasLog) await this.recoverLog(others, result?.wasUsed ?? false);
      this.isRecovering = false;
    });
    await listening;
  }

  /** All that the service has counted, up to now. */
  async collect(): Promise<CollectionResult> {
    await this.recovered;
    const { metrics, collectTimeout } = this.options;
    const { followers } = this;
    if (!followers.isShared) return this.alone(await metrics.collect());
    // The replicas get these numbers before a scraper does, so that totals never fall when this process dies.
    const release = followers.holdReplicas();
    let observed: Observed;
    try {
      [observed] = await Promise.all([
        metrics.observe({ ofTheMachine: true }),
        followers.refresh(collectTimeout),
      ]);
      this.appendOwn(observed);
    } finally {
      release();
    }
    const merged = this.view.merge(followers.log);
    const resource = this.view.resource(followers.log);
    const aboutProcesses = ownScope([this.counts(), this.view.processInformation(followers.log)]);
    return {
      resourceMetrics: {
        resource,
        scopeMetrics: [...merged, ...ofTheMachine(observed.scopeMetrics), aboutProcesses],
      },
      errors: [...observed.errors],
    };
  }

  /** The metrics of each process, as of the last collection; none while this process is alone. */
  eachProcess(): readonly ProcessMetrics[] {
    return this.followers.isShared ? this.view.eachProcess(this.followers.log) : [];
  }

  /** The last stalls of the service's processes. */
  stalls(): ProcessStall[] {
    const { process, stalls } = this.options;
    const { log } = this.followers;
    const others = [...log.processes.values()].filter((other) => other.process.id !== process.id);
    return serviceStalls(
      [
        { pid: process.pid, stalls: stalls.views() },
        ...others.map((other) => ({ pid: other.process.pid, stalls: other.stalls })),
      ],
      log.endedStalls,
    );
  }

  /** The work of every second. */
  maintain(): void {
    if (this.isRecovering) return;
    void this.discovery?.maintain();
    if (this.followers.hasFollowers) this.appendOwn(undefined);
    this.followers.maintain();
  }

  /**
   * Hands this process' last values over to a replica, in at most `timeout` milliseconds.
   *
   * @param others the service's processes that may still join
   * @returns false when the values may be lost
   */
  async finish(timeout: number, others: () => readonly ProcessIdentity[]): Promise<boolean> {
    const deadline = performance.now() + timeout;
    while (!this.followers.hasReplica && performance.now() < deadline) {
      if (!this.followers.hasFollowers && others().length === 0) return true;
      await pause(POLL_INTERVAL_MS);
    }
    if (!this.followers.hasReplica) return !this.followers.hasFollowers;
    this.appendOwn(undefined);
    this.isFinal = true;
    const { id } = this.options.process;
    return this.followers.appendReplicated({ type: 'ended', process: id }, deadline - performance.now());
  }

  private alone({ resourceMetrics, errors }: CollectionResult): CollectionResult {
    const aboutProcesses = ownScope([processCounts({ live: 1, stale: 0, ended: 0 })]);
    const scopeMetrics = [...resourceMetrics.scopeMetrics, aboutProcesses];
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
    const { own, process, stalls } = this.options;
    const change = own.take(observed);
    const update = this.isInLog ? change : { isWhole: true, diff: own.everything() };
    this.isInLog = true;
    const hasNewStalls = stalls.version !== this.loggedStalls;
    this.loggedStalls = stalls.version;
    this.followers.append({
      ...{ type: 'state', process, ...update },
      ...(hasNewStalls && { stalls: stalls.views() }),
    });
  }

  /** Waits for a process with a copy of the log, which this process does not have. */
  private async recoverLog(others: Membership, wasUsed: boolean): Promise<void> {
    const replicas = others.filter(({ isReplica }) => isReplica);
    const isKnown = replicas.length > 0;
    const timeout = isKnown ? KNOWN_REPLICAS_TIMEOUT_MS : wasUsed ? UNKNOWN_REPLICAS_TIMEOUT_MS : 0;
    const deadline = performance.now() + timeout;
    while (performance.now() < deadline) {
      if (isKnown && replicas.some(({ id }) => this.followers.hasReported(id))) return;
      if (isKnown && replicas.every(hasEnded)) return;
      await pause(POLL_INTERVAL_MS);
    }
  }
}
