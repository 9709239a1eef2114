import { diag } from '@opentelemetry/api';
import type { CollectionResult } from '@opentelemetry/sdk-metrics';
import { pause, within } from '../../base/waits.ts';
import { Discovery } from '../../channel/discovery.ts';
import { hasEnded, type ProcessIdentity } from '../../model/process-identity.ts';
import { Follower, type Memory } from './follower.ts';
import { JoinErrors } from './join-errors.ts';
import { Leader, type Served } from './leader.ts';
import { type LogCopy, PROTOCOL, type ProcessDescription, type ServiceName } from './messages.ts';
import { type OwnMetrics, ownSeries } from './own-series.ts';
import { ReplicatedLog } from './replicated-log.ts';
import type { ProcessMetrics } from './service-view.ts';
import { ShutdownIntents } from './shutdown-intents.ts';

/** Milliseconds between two exchanges of what was counted; also between two attempts when there is no hope. */
const EXCHANGE = 1000;
/** Milliseconds between two attempts to find or to become the leader. */
const ATTEMPT = 50;
/** Milliseconds that the port may be taken without a leader that answers before that is called a fault. */
const PATIENCE = 500;
/** Milliseconds by which followers that have no copy of the log give way to those that have. */
const GIVE_WAY = 150;
/** Milliseconds that a process which ends, and became the leader meanwhile, waits for others that end. */
const LAST_LEADER = 500;
/** Milliseconds for a leader to answer a greeting. */
const GREETING = 1000;

export interface ProcessesOptions {
  readonly host: string;
  readonly port: number;
  readonly service: ServiceName;
  readonly process: ProcessDescription;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly metrics: OwnMetrics;
  /** Milliseconds that a collection may wait for followers. */
  readonly collectTimeout: number;
  readonly gaugeRules: ConstructorParameters<typeof Leader>[0]['gaugeRules'];
  /** Opens the endpoint; `undefined` when the port is taken. Rejects when it can never be opened. */
  readonly open: (collect: () => Promise<CollectionResult>) => Promise<Served | undefined>;
  /** The log of an earlier hub of this process. */
  readonly log: LogCopy | undefined;
  /** Called with the log whenever a process has ended, for a later hub of this process. */
  readonly saveLog: (log: LogCopy) => void;
  /** Called whenever others come to depend on this process' last values, or do so no more. */
  readonly peersChanged: (hasPeers: boolean) => void;
}

export type Role = { readonly url: string; readonly port: number; readonly leaderPid: number };

/**
 * This process among those of its service. Whoever binds the endpoint is the leader and serves all; the
 * others are followers. When the leader is gone, one of the followers binds the endpoint and goes on with its
 * log.
 */
export class Processes {
  private readonly options: ProcessesOptions;
  private readonly discovery: Discovery;
  private readonly own: ReturnType<typeof ownSeries>;
  private readonly memory: Memory;
  private readonly intents: ShutdownIntents;
  private readonly joinErrors: JoinErrors;
  private follower: Follower | undefined;
  private leader: Leader | undefined;
  private isFinishing = false;
  /** Another process has the last values, although it could not say so at the time. */
  private isHandedOver = false;
  private settle: (role: Role | undefined) => void = () => {};
  /** Where the service is served, once that is known for the first time; `undefined` when it is not. */
  readonly ready: Promise<Role | undefined>;

  constructor(options: ProcessesOptions) {
    this.options = options;
    const { log } = options;
    this.memory = {
      log: log && ReplicatedLog.from(log),
      membership: [],
      epoch: log?.epoch ?? 0,
    };
    this.discovery = new Discovery({ ...options, platform: process.platform });
    this.intents = new ShutdownIntents(this.discovery.addresses[0]);
    this.own = ownSeries(options.metrics);
    this.joinErrors = new JoinErrors(options, this.discovery.faults);
    this.ready = new Promise((resolve) => {
      this.settle = resolve;
    });
    setInterval(() => this.exchange(), EXCHANGE);
    void this.live();
  }

  get isLeader(): boolean {
    return this.leader !== undefined;
  }

  /** All that the service has counted. Only for the leader. */
  async collect(): Promise<CollectionResult> {
    if (this.leader === undefined) throw new Error('this process does not serve the endpoint');
    return this.leader.collect();
  }

  /** What each process has told, as of the last collection. Only for the leader. */
  eachProcess(): readonly ProcessMetrics[] {
    return this.leader?.eachProcess() ?? [];
  }

  /** Hands over the last values: to the leader, or as the leader to who may be the next. At most `timeout` milliseconds. */
  async finish(timeout: number): Promise<boolean> {
    this.isFinishing = true;
    const { id } = this.options.process;
    const wasLeader = this.leader !== undefined;
    const deadline = performance.now() + timeout;
    this.intents.announce(id);
    try {
      await within(timeout, this.ready);
      return await Promise.race([this.handOver(deadline, wasLeader), this.nobodyStays(deadline)]);
    } finally {
      this.intents.withdraw(id);
    }
  }

  private async handOver(deadline: number, wasLeader: boolean): Promise<boolean> {
    const left = () => deadline - performance.now();
    while (left() > 0) {
      if (this.leader !== undefined) {
        if (!wasLeader) await this.lastLeader(Math.min(LAST_LEADER, left()));
        return this.leader.finish(left(), () => this.others());
      }
      if (this.isHandedOver) return true;
      if (this.follower !== undefined && (await this.follower.finish(left()))) return true;
      if (this.follower === undefined && this.others().length === 0) return true;
      await pause(ATTEMPT / 5);
    }
    return false;
  }

  /** Whether every other process of the service ends as well, so that there is nobody to hand anything over to. */
  private async nobodyStays(deadline: number): Promise<boolean> {
    while (performance.now() < deadline) {
      const known = this.known();
      // Until its leader has told it who there is, a follower knows nobody, not even the leader.
      const isTold = this.follower === undefined || known.length > 0;
      if (isTold && known.every((other) => this.intents.isEnding(other.id) || hasEnded(other))) return true;
      await pause(ATTEMPT / 5);
    }
    return false;
  }

  /** The service's other processes, as its leader or one of its followers knows them. */
  private known(): readonly ProcessIdentity[] {
    const known = this.leader?.processes ?? this.memory.membership;
    return known.filter(({ id }) => id !== this.options.process.id);
  }

  /** Many processes that end at once, their leader among them, hand over to one of them: it waits for the others. */
  private async lastLeader(longest: number): Promise<void> {
    const deadline = performance.now() + longest;
    while (performance.now() < deadline && this.others().length > 0) await pause(ATTEMPT / 5);
  }

  private async live(): Promise<void> {
    let since = performance.now();
    for (;;) {
      try {
        if (await this.tryToLead()) return;
        if (await this.tryToJoin()) since = performance.now();
      } catch (error) {
        const mayBeLater = this.joinErrors.cannotOpen(error);
        this.settle(undefined);
        if (!mayBeLater) return;
        await pause(EXCHANGE);
        continue;
      }
      const isLate = performance.now() - since > PATIENCE;
      if (isLate && !this.isFinishing && this.joinErrors.report()) this.settle(undefined);
      await pause(isLate && !this.isFinishing ? EXCHANGE : ATTEMPT);
    }
  }

  /** @returns true when this process is the leader, which it then stays */
  private async tryToLead(): Promise<boolean> {
    if (await this.givesWay()) return false;
    const taken = Promise.withResolvers<Leader>();
    const served = await this.options.open(async () => (await taken.promise).collect());
    if (served === undefined) return false;
    const { options, memory, own, discovery } = this;
    const leader = new Leader({ ...options, served, memory, own, changed: () => this.tellPeers() });
    this.leader = leader;
    this.intents.removeStale();
    const started = leader.start(discovery, this.others());
    taken.resolve(leader);
    await started;
    if (discovery.faults.length > 0) diag.debug(`pitot: ${discovery.faults.join('; ')}`);
    this.tellPeers();
    this.settle({ url: served.url, port: served.port, leaderPid: process.pid });
    return true;
  }

  /** Whether another process that still lives knows more of the totals and should become the leader. */
  private async givesWay(): Promise<boolean> {
    if (this.memory.log !== undefined && !this.isFinishing) return false;
    if (this.others().length === 0) return false;
    await pause(GIVE_WAY);
    const socket = await this.discovery.connect();
    socket?.destroy();
    return socket !== undefined;
  }

  /** @returns true when this process was a follower, until its leader left */
  private async tryToJoin(): Promise<boolean> {
    const socket = await this.discovery.connect();
    if (socket === undefined) {
      this.joinErrors.failed('no leader');
      return false;
    }
    const { memory, own } = this;
    const greeting = { protocol: PROTOCOL, service: this.options.service, process: this.options.process };
    const follower = new Follower(socket, { greeting, memory, own });
    const answer = await follower.greet(GREETING);
    if (answer?.type === 'refused' && answer.reason === 'ended') this.isHandedOver = true;
    if (answer?.type !== 'welcome') {
      this.joinErrors.failed(answer ?? 'no answer');
      return false;
    }
    this.follower = follower;
    this.joinErrors.joined();
    this.tellPeers();
    this.settle({ url: answer.url, port: answer.port, leaderPid: answer.pid });
    await follower.left;
    this.follower = undefined;
    this.tellPeers();
    return true;
  }

  /** The service's other processes that may still live. */
  private others(): Memory['membership'] {
    return this.memory.membership.filter((other) => other.pid !== process.pid && !hasEnded(other));
  }

  private exchange(): void {
    if (this.isFinishing) return;
    void this.follower?.push();
    this.leader?.tend();
  }

  private tellPeers(): void {
    this.options.peersChanged(
      this.follower !== undefined || this.leader?.hasFollowers === true || this.others().length > 0,
    );
  }
}
