import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { diag } from '../../base/diag.ts';
import { pause } from '../../base/waits.ts';
import { Discovery } from '../../channel/discovery/discovery.ts';
import type { Endpoint } from '../../channel/messages.ts';
import type { GaugeRules } from '../../model/gauge-rules.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import { answer, type HandlerRequest, overHttp, type Reply, type Router } from '../http/routing.ts';
import type { OwnStalls, ProcessStall } from '../stalls/report.ts';
import { ownDialect } from './dialect.ts';
import { Election } from './election.ts';
import { Follower, type Memory } from './follower.ts';
import { type HandoverContext, handOver, isContinued } from './handover.ts';
import { JoinErrors } from './join-errors.ts';
import { Leader } from './leader.ts';
import { askLeader } from './leader-requests.ts';
import type { Hello, LogCopy, ProcessDescription, ServiceName } from './messages.ts';
import { type OwnMetrics, ownSeries } from './own-series.ts';
import { ReplicatedLog } from './replicated-log.ts';
import type { Role } from './role.ts';
import { serviceStalls } from './service-stalls.ts';
import type { ProcessMetrics } from './service-view.ts';
import { ShutdownIntents } from './shutdown-intents.ts';

/** Followers send what changed, and the leader looks after them, once in this time. */
const EXCHANGE_INTERVAL_MS = 1000;
/** Between two attempts to lead or to follow. */
const SEARCH_INTERVAL_MS = 50;
/** A port that is taken while no leader answers is logged only after this time: the leader may be starting. */
const SEARCH_GRACE_MS = 500;
/** Between two attempts once the reason has been logged. */
const UNSERVED_INTERVAL_MS = 1000;
/** A process without a copy of the log lets those with one become the leader first. */
const GIVE_WAY_MS = 150;
const WELCOME_TIMEOUT_MS = 1000;
/** Attempts to have the leader answer a request; one that is about to end refuses. */
const MAX_ATTEMPTS = 10;
/** A process that loses its leader sooner than this, again and again, waits longer each time. */
const BRIEF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;

export interface ProcessesOptions {
  readonly host: string;
  readonly port: number | 'none';
  readonly service: ServiceName;
  readonly process: ProcessDescription;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** See {@link discoveryName}. */
  readonly socketName?: string;
  readonly metrics: OwnMetrics;
  readonly stalls: OwnStalls;
  /** Milliseconds that a collection may wait for followers. */
  readonly collectTimeout: number;
  readonly gaugeRules: GaugeRules;
  /**
   * Opens the endpoint; resolves to `undefined` when another process has it. Called again once that has ended.
   *
   * @throws when an attempt fails for another reason; see `JoinErrors.cannotOpen`
   */
  readonly open: () => Promise<Endpoint | undefined>;
  /** Answers requests of the application's own routes, on the leader. */
  readonly router: Router;
  /** The log of an earlier hub of this process. */
  readonly log: LogCopy | undefined;
  /** Called with the log whenever a process has ended, for a later hub of this process. */
  readonly saveLog: (log: LogCopy) => void;
  /** Called when other processes start or stop to depend on this one's last values. */
  readonly peersChanged: (hasPeers: boolean) => void;
}

/** Which process serves this one, and where: `port` is 0 where the application's own routes do. */
export interface ServedBy extends Endpoint {
  readonly leaderPid: number;
}

const NO_ENDPOINT: Endpoint = { url: '', port: 0 };

/**
 * This process among those of its service. The process that opens the endpoint is the leader and serves all; the
 * others follow it. When the leader is gone, a follower opens the endpoint and continues its log.
 */
export class Processes {
  private readonly options: ProcessesOptions;
  private readonly discovery: Discovery;
  private readonly own: ReturnType<typeof ownSeries>;
  private readonly memory: Memory;
  private readonly intents: ShutdownIntents;
  /** Without a port. */
  private readonly election: Election | undefined;
  private readonly joinErrors: JoinErrors;
  private role: Role = { name: 'searching', since: performance.now() };
  private isFinishing = false;
  private isHandedOver = false;
  /** Once this process has opened the endpoint, or tries to. */
  private leader: Promise<Leader> | undefined;
  /** Leaders in a row that were lost within {@link BRIEF_MS}. */
  private briefTimes = 0;
  private settle: (served: ServedBy | undefined) => void = () => {};
  /** Where the service is served, once that is known for the first time; `undefined` when it is not. */
  readonly ready: Promise<ServedBy | undefined>;

  constructor(options: ProcessesOptions) {
    this.options = options;
    const { log } = options;
    this.memory = { log: log && ReplicatedLog.from(log), membership: [], epoch: log?.epoch ?? 0 };
    const meeting = { ...options, platform: process.platform };
    this.discovery = new Discovery(meeting);
    this.election = options.port === 'none' ? new Election(meeting) : undefined;
    this.intents = new ShutdownIntents(this.discovery);
    this.own = ownSeries(options.metrics);
    this.joinErrors = new JoinErrors(options, this.discovery);
    this.ready = new Promise((resolve) => {
      this.settle = resolve;
    });
    setInterval(() => this.exchange(), EXCHANGE_INTERVAL_MS);
    void this.run();
  }

  get isLeader(): boolean {
    return this.role.name === 'leading';
  }

  /**
   * All that the service has counted.
   *
   * @throws when this process is not the leader
   */
  async collect(): Promise<CollectionResult> {
    const leader = await this.leader;
    if (leader === undefined) throw new Error('this process does not serve the endpoint');
    return leader.collect();
  }

  /** Answers a request of the application's own route: itself as the leader, or with the answer of its leader. */
  readonly answer: Router = (request, reply, signal) => {
    this.answerOnceJoined(request, reply, signal()).catch(() => reply.destroy());
  };

  /** The metrics of each process, as of the last collection; none unless this process is the leader. */
  eachProcess(): readonly ProcessMetrics[] {
    return this.role.name === 'leading' ? this.role.leader.eachProcess() : [];
  }

  /** The last stalls of the service; of this process alone unless it is the leader. */
  stalls(): ProcessStall[] {
    const { role } = this;
    if (role.name === 'leading') return role.leader.stalls();
    const { process, stalls } = this.options;
    return serviceStalls([{ pid: process.pid, stalls: stalls.views() }]);
  }

  /** Hands over the last values, in at most `timeout` milliseconds; resolves to false when they may be lost. */
  finish(timeout: number): Promise<boolean> {
    this.isFinishing = true;
    return handOver(this.context, timeout);
  }

  /** Whether other processes of the service go on when this one ends. */
  isContinued(): Promise<boolean> {
    return isContinued(this.context);
  }

  private get context(): HandoverContext {
    return {
      id: this.options.process.id,
      ready: this.ready,
      intents: this.intents,
      role: () => this.role,
      isHandedOver: () => this.isHandedOver,
      known: () => this.known(),
      others: () => this.others(),
    };
  }

  private async run(): Promise<void> {
    for (;;) {
      const { role } = this;
      switch (role.name) {
        case 'searching':
        case 'unserved':
          await this.search(role);
          break;
        case 'following':
          await this.followUntilLeft(role);
          break;
        case 'leading':
        case 'failed':
          return;
      }
    }
  }

  private async followUntilLeft({ follower, since }: Role & { readonly name: 'following' }): Promise<void> {
    const error = await follower.left;
    if (error !== undefined) this.joinErrors.cutOff(error);
    // Two processes that cut each other off right after every welcome must not do so at full speed.
    this.briefTimes = performance.now() - since < BRIEF_MS ? this.briefTimes + 1 : 0;
    this.become({ name: 'searching', since: performance.now() });
    if (this.briefTimes > 1) await pause(Math.min(SEARCH_INTERVAL_MS * 2 ** this.briefTimes, MAX_BACKOFF_MS));
  }

  /** Waits while the service has no leader, because it starts or the last one has just ended. */
  private async answerOnceJoined(request: HandlerRequest, reply: Reply, signal: AbortSignal): Promise<void> {
    const { router, service } = this.options;
    let reason: string | undefined;
    for (let attempts = 0; attempts < MAX_ATTEMPTS && !signal.aborted; await pause(SEARCH_INTERVAL_MS)) {
      const { role } = this;
      if (role.name === 'leading') return router(request, reply, () => signal);
      if (role.name === 'following') {
        attempts++;
        const socket = await this.discovery.connect();
        if (socket === undefined) continue;
        reason = await askLeader(socket, service, request, reply, signal);
        if (reason === undefined) return;
      } else if (role.name !== 'searching') {
        reason = this.joinErrors.latest;
        break;
      }
    }
    answer(reply, 503, reason ?? 'no process serves this service at the moment', { 'retry-after': '1' });
  }

  private become(role: Role): void {
    this.role = role;
    this.reportPeers();
  }

  /** One attempt to lead or to follow, and the wait until the next one. */
  private async search(role: Role & { readonly name: 'searching' | 'unserved' }): Promise<void> {
    try {
      if ((await this.tryToLead()) || (await this.tryToFollow())) return;
    } catch (error) {
      const mayOpenLater = this.joinErrors.cannotOpen(error);
      this.become(mayOpenLater ? { name: 'unserved' } : { name: 'failed' });
      this.settle(undefined);
      if (mayOpenLater) await pause(UNSERVED_INTERVAL_MS);
      return;
    }
    const isNew = role.name === 'searching' && performance.now() - role.since <= SEARCH_GRACE_MS;
    if (isNew || this.isFinishing) {
      await pause(SEARCH_INTERVAL_MS);
      return;
    }
    this.become({ name: 'unserved' });
    if (this.joinErrors.report()) this.settle(undefined);
    await pause(UNSERVED_INTERVAL_MS);
  }

  private async tryToLead(): Promise<boolean> {
    if (await this.givesWay()) return false;
    const taken = Promise.withResolvers<Leader>();
    this.leader = taken.promise;
    let endpoint: Endpoint | undefined;
    try {
      endpoint = await this.open();
    } finally {
      if (endpoint === undefined) this.leader = undefined;
    }
    if (endpoint === undefined) return false;
    const { options, memory, own, discovery } = this;
    const leader = new Leader({
      ...options,
      endpoint,
      memory,
      own,
      requests: overHttp(options.router),
      changed: () => this.reportPeers(),
    });
    this.become({ name: 'leading', leader });
    const started = leader.start(discovery, this.others());
    taken.resolve(leader);
    await started;
    this.intents.removeStale();
    void discovery.removeStale();
    if (discovery.faults.length > 0) diag.debug(`pitot: ${discovery.faults.join('; ')}`);
    this.reportPeers();
    this.settle({ url: endpoint.url, port: endpoint.port, leaderPid: process.pid });
    return true;
  }

  /** `undefined` when another process has the endpoint, or leads without one. */
  private async open(): Promise<Endpoint | undefined> {
    if (this.election === undefined) return this.options.open();
    return (await this.election.isWon()) ? NO_ENDPOINT : undefined;
  }

  /** Whether another process that still lives knows more of the totals and should lead. */
  private async givesWay(): Promise<boolean> {
    if (this.memory.log !== undefined && !this.isFinishing) return false;
    if (this.others().length === 0) return false;
    await pause(GIVE_WAY_MS);
    const socket = await this.discovery.connect();
    socket?.destroy();
    return socket !== undefined;
  }

  private async tryToFollow(): Promise<boolean> {
    const socket = await this.discovery.connect();
    if (socket === undefined) {
      this.joinErrors.failed('no leader');
      return false;
    }
    const { memory, own } = this;
    const { service, stalls, process: description } = this.options;
    const hello: Hello = { speaks: ownDialect(), service, process: description };
    const follower = new Follower(socket, { hello, memory, own, stalls });
    const answer = await follower.greet(WELCOME_TIMEOUT_MS);
    if (answer?.type === 'refused' && answer.reason === 'ended') this.isHandedOver = true;
    if (answer?.type !== 'welcome') {
      this.joinErrors.failed(answer ?? 'no answer');
      return false;
    }
    this.joinErrors.joined();
    this.become({ name: 'following', follower, since: performance.now() });
    this.settle({ url: answer.url, port: answer.port, leaderPid: answer.pid });
    return true;
  }

  /** The service's other processes, as the leader or one of its followers knows them. */
  private known(): readonly ProcessIdentity[] {
    const known = this.role.name === 'leading' ? this.role.leader.processes : this.memory.membership;
    return known.filter(({ id }) => id !== this.options.process.id);
  }

  /** The processes of the last membership that may still live, without this one. */
  private others(): Memory['membership'] {
    return this.memory.membership.filter((other) => other.pid !== process.pid && !hasEnded(other));
  }

  private exchange(): void {
    if (this.isFinishing) return;
    if (this.role.name === 'following') void this.role.follower.push();
    if (this.role.name !== 'leading') return;
    this.role.leader.maintain();
    void this.election?.maintain();
  }

  private reportPeers(): void {
    const { role } = this;
    const isShared = role.name === 'following' || (role.name === 'leading' && role.leader.hasFollowers);
    this.options.peersChanged(isShared || this.others().length > 0);
  }
}
