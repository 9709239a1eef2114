import { isMainThread, MessageChannel, setEnvironmentData, type Worker } from 'node:worker_threads';
import { milliseconds, nanoseconds } from '../../base/clock.ts';
import { diag } from '../../base/diag.ts';
import { packageVersion } from '../../base/pitot-scope.ts';
import { allocateCells, atomics } from '../../base/shared-memory.ts';
import { discoveryName, serviceOf } from '../../channel/discovery/name.ts';
import {
  type Endpoint,
  FLUSH_FAILED,
  FLUSHED,
  type FlushRequest,
  HAS_PEERS,
  type HubData,
  type HubMessage,
  PEERS,
  PEERS_UNKNOWN,
  STATE_CELLS,
} from '../../channel/messages.ts';
import type { RequestMessage } from '../../channel/requests.ts';
import {
  HANDSHAKE_KEY,
  type Handshake,
  HUB_CELLS,
  HUB_IS_AWAY,
  HUB_STARTS,
  HUB_STATE,
  HUB_THREAD,
  type ThreadCheckpoint,
} from '../../channel/worker-handshake.ts';
import type { Config } from '../../config/settings/table.ts';
import { ownIdentity } from '../../model/process-identity.ts';
import type { RecorderRequest } from '../../model/protocol.ts';
import { StackCells } from '../../model/stack-cells.ts';
import { BEAT_INTERVAL_MS, VitalSigns } from '../../model/vital-signs.ts';
import type { FlushOutcome, Recorder } from '../record/recorder.ts';
import { applicationFolders } from './application-folders.ts';
import { startHubThread } from './hub-thread.ts';
import { inspectionObstacle } from './inspectable.ts';
import { Outage } from './outage.ts';

/**
 * The application thread's side of the hub: starts its thread, starts it again when it dies, and at the
 * end of the process waits for it. Cells belong to the recorder, so a new hub finds all totals as they are.
 */
export class Hub {
  private config: Config;
  private readonly recorder: Recorder;
  private readonly instrumented: readonly string[];
  private readonly identity = ownIdentity();
  /** Computed once, so that every hub of the process serves the same start time. */
  private readonly processStart = Date.now() - process.uptime() * 1000;
  private readonly state = allocateCells(STATE_CELLS);
  private readonly threads = allocateCells(HUB_CELLS);
  private checkpoint: SharedArrayBuffer | undefined;
  private readonly threadCheckpoints = new Map<number, ThreadCheckpoint>();
  private readonly forwarded = new Map<string, SharedArrayBuffer>();
  /** The vital signs of this thread, for the hub. */
  readonly vitals = new VitalSigns();
  /** Where this thread writes its stack for the hub. */
  readonly stack = new StackCells();
  private worker: Worker | undefined;
  private readonly outage = new Outage();
  private isStopping = false;
  /** Whether the thread is ended because its successor has other settings. */
  private isReplaced = false;
  private flushRequests = 0;
  /** Promises that keep the process alive. */
  private holds = 0;
  /** Until a hub has said where it serves. */
  private isFirst = true;
  private opened: Promise<Endpoint | undefined>;
  private becomeReady: (endpoint: Endpoint | undefined) => void = () => {};
  /** Called when {@link peers} may have changed. */
  peersChanged: () => void = () => {};

  constructor(config: Config, recorder: Recorder, instrumented: readonly string[]) {
    this.config = config;
    this.recorder = recorder;
    this.instrumented = instrumented;
    this.opened = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
    this.shakeHands();
    this.start();
  }

  /**
   * Continues with other settings, in a new hub that has all counts. The new hub repeats exports that the old one had
   * in flight, as after a crash.
   */
  reconfigure(config: Config): void {
    const { worker, becomeReady } = this;
    if (this.isStopping) return;
    this.config = config;
    this.isFirst = true;
    this.opened = new Promise((resolve) => {
      this.becomeReady = (endpoint) => {
        becomeReady(endpoint);
        resolve(endpoint);
      };
    });
    this.shakeHands();
    // Without a thread the next one is about to be started, after a failure.
    if (worker === undefined) return;
    this.isReplaced = true;
    void worker.terminate();
  }

  /** Worker threads find the hub by this. */
  private shakeHands(): void {
    if (!isMainThread) return;
    const handshake: Handshake = { release: packageVersion(), config: this.config, hub: this.threads.buffer };
    setEnvironmentData(HANDSHAKE_KEY, handshake);
  }

  /** Whether other processes of the service depend on the last values of this one; `undefined`: not known yet. */
  get peers(): boolean | undefined {
    const peers = atomics.load(this.state, PEERS);
    return peers === PEERS_UNKNOWN ? undefined : peers === HAS_PEERS;
  }

  /** Resolves when the hub has opened its endpoint or failed to; the process stays alive until then. */
  ready(): Promise<Endpoint | undefined> {
    return this.keepingAlive(this.opened);
  }

  /** Forwards everything that was recorded so far, in at most `timeout` milliseconds. The process stays alive for it. */
  async forceFlush(timeout: number): Promise<FlushOutcome | undefined> {
    const { worker } = this;
    if (this.isStopping) return undefined;
    if (worker === undefined) return 'failure';
    return this.keepingAlive(this.flushed(this.requestFlush(worker, timeout, false), timeout));
  }

  /**
   * As {@link forceFlush}, but blocks this thread. For the end of the process.
   *
   * @param isFinal false where the process goes on: it remains one of the service's processes
   */
  flushNow(timeout: number, isFinal = true): void {
    const { worker, state, vitals } = this;
    if (this.isStopping || worker === undefined) return;
    this.recorder.observeNow(performance.now() + timeout / 2);
    const request = this.requestFlush(worker, timeout, isFinal);
    const deadline = milliseconds() + timeout;
    for (let done = atomics.load(state, FLUSHED); done < request; done = atomics.load(state, FLUSHED)) {
      const left = deadline - milliseconds();
      if (left <= 0) {
        warnOfLoss(timeout);
        return;
      }
      atomics.wait(state, FLUSHED, done, Math.min(left, BEAT_INTERVAL_MS));
      // The wait is pitot's own, and no stall of the application.
      vitals.beat(nanoseconds());
    }
  }

  /** Forwards everything, in at most `timeout` milliseconds, and ends the hub. */
  async stop(timeout: number): Promise<void> {
    const { worker } = this;
    if (this.isStopping || worker === undefined) return;
    await this.recorder.observe(this.config.observeTimeout);
    this.isStopping = true;
    await this.keepingAlive(this.flushed(this.requestFlush(worker, timeout, true), timeout));
    await worker.terminate();
  }

  /** Has the hub answer a request; false while there is no hub. */
  ask(message: RequestMessage): boolean {
    const { worker } = this;
    if (this.isStopping || worker === undefined) return false;
    worker.postMessage(message, [message.port]);
    return true;
  }

  /** @returns the request's number, which {@link FLUSHED} reaches when it is done */
  private requestFlush(worker: Worker, timeout: number, isFinal: boolean): number {
    const request = ++this.flushRequests;
    worker.postMessage({ type: 'flush', request, timeout, isFinal } satisfies FlushRequest);
    return request;
  }

  /** A failure may be that of a later flush, if this thread was busy meanwhile. */
  private async flushed(request: number, timeout: number): Promise<FlushOutcome> {
    const { state } = this;
    const deadline = milliseconds() + timeout;
    for (let done = atomics.load(state, FLUSHED); done < request; done = atomics.load(state, FLUSHED)) {
      const left = deadline - milliseconds();
      if (left > 0 && (await atomics.waitAsync(state, FLUSHED, done, left).value) !== 'timed-out') continue;
      warnOfLoss(timeout);
      return 'timeout';
    }
    return atomics.load(state, FLUSH_FAILED) >= request ? 'failure' : 'success';
  }

  private async keepingAlive<T>(promise: Promise<T>): Promise<T> {
    this.holds++;
    this.worker?.ref();
    try {
      return await promise;
    } finally {
      this.holds--;
      if (this.holds === 0) this.worker?.unref();
    }
  }

  private start(): void {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const { config, instrumented, identity, checkpoint, threadCheckpoints, forwarded, isFirst } = this;
    const workerData: HubData = {
      config,
      process: identity,
      socketName: discoveryName({ ...config, service: serviceOf(config), platform: process.platform }),
      processStart: this.processStart,
      state: this.state.buffer,
      threads: this.threads.buffer,
      recorder: theirs,
      vitals: this.vitals.buffer,
      stack: this.stack.buffer,
      inspectionObstacle: inspectionObstacle(),
      instrumented,
      isFirst,
      checkpoint,
      threadCheckpoints,
      forwarded,
      applicationFolders: applicationFolders(),
    };
    atomics.store(this.threads, HUB_STATE, HUB_STARTS);
    const worker = this.startThread(workerData);
    if (worker === undefined) {
      ours.close();
      return;
    }
    this.worker = worker;
    atomics.store(this.threads, HUB_THREAD, worker.threadId);
    worker.on('message', (message: HubMessage) => {
      if (!this.isReplaced || message.type !== 'ready') this.receive(message);
    });
    const startedAt = milliseconds();
    let failure: unknown = 'it ended';
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => {
      ours.close();
      this.worker = undefined;
      atomics.store(this.threads, HUB_STATE, HUB_IS_AWAY);
      if (this.isStopping) return;
      if (!this.isReplaced) return this.restart(failure, milliseconds() - startedAt);
      this.isReplaced = false;
      this.start();
    });
    ours.on('message', (request: RecorderRequest) => {
      this.recorder.serve(request, (message) => ours.postMessage(message));
    });
    // After the listeners, because each would keep the process alive.
    ours.unref();
    if (this.holds === 0) worker.unref();
    this.recorder.attach((message) => ours.postMessage(message));
  }

  /** `undefined` where no thread can be had. */
  private startThread(workerData: HubData): Worker | undefined {
    try {
      return startHubThread(workerData);
    } catch (error) {
      this.restart(error, 0);
      return undefined;
    }
  }

  private receive(message: HubMessage): void {
    switch (message.type) {
      case 'ready':
        this.isFirst = false;
        this.outage.ready();
        this.keepPort(message.endpoint);
        this.becomeReady(message.endpoint);
        break;
      case 'peers':
        this.peersChanged();
        break;
      case 'checkpoint':
        this.checkpoint = message.checkpoint;
        break;
      case 'threadCheckpoint':
        if (message.checkpoint === undefined) this.threadCheckpoints.delete(message.threadId);
        else this.threadCheckpoints.set(message.threadId, message.checkpoint);
        break;
      case 'forwarded':
        this.forwarded.set(message.destination, message.forwarded);
        break;
    }
  }

  /** A port that was picked is kept, so that a scraper finds the next hub where it found this one. */
  private keepPort(endpoint: Endpoint | undefined): void {
    if (endpoint === undefined || endpoint.port === this.config.port) return;
    // Processes that pick a port each do not share it, and not because they picked it either.
    const processes = this.config.processes === 'merge' ? 'off' : this.config.processes;
    this.config = { ...this.config, processes, port: endpoint.port };
  }

  private restart(failure: unknown, lifetime: number): void {
    // The endpoint may never come: `ready` must not wait for it.
    this.becomeReady(undefined);
    const pause = this.outage.failed(failure, lifetime);
    // Worker threads that end meanwhile wait for the next hub if it comes in time.
    const isSoon = pause !== undefined && pause < this.config.flushTimeout;
    atomics.store(this.threads, HUB_STATE, isSoon ? HUB_STARTS : HUB_IS_AWAY);
    if (pause !== undefined) setTimeout(() => this.start(), pause).unref();
  }
}

function warnOfLoss(timeout: number): void {
  diag.warn(`pitot: the last values were not forwarded within ${timeout} ms (PITOT_FLUSH_TIMEOUT).`);
}
