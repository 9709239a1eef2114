import { MessageChannel, Worker } from 'node:worker_threads';
import { diag } from '@opentelemetry/api';
import { hubEnvironment } from '../config/hub-environment.ts';
import type { Config } from '../config/settings.ts';
import type { RecorderRequest } from '../record/protocol.ts';
import type { Recorder } from '../record/recorder.ts';
import { type Endpoint, type HubData, type HubMessage, type HubRequest, RUNNING } from './messages.ts';

/**
 * Milliseconds before a hub that died is started again: doubled each time up to the longest, and back to
 * the first once a hub has lived longer than that.
 */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 60_000;

/**
 * The application thread's side of the hub: starts its thread, starts it again when it dies, and at the
 * end of the process waits for it. Cells belong to the recorder, so a new hub finds all totals as they are.
 */
export class Hub {
  private config: Config;
  private readonly recorder: Recorder;
  private readonly instrumented: readonly string[];
  private readonly state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  private worker: Worker | undefined;
  private pause = FIRST_PAUSE;
  private isStopping = false;
  private readonly opened: Promise<Endpoint | undefined>;
  private becomeReady: (endpoint: Endpoint | undefined) => void = () => {};

  constructor(config: Config, recorder: Recorder, instrumented: readonly string[]) {
    this.config = config;
    this.recorder = recorder;
    this.instrumented = instrumented;
    this.opened = new Promise((resolve) => {
      this.becomeReady = resolve;
    });
    this.start(true);
  }

  /** Resolves when the hub has opened its endpoint or failed to; the process stays alive until then. */
  async ready(): Promise<Endpoint | undefined> {
    this.worker?.ref();
    const endpoint = await this.opened;
    this.worker?.unref();
    return endpoint;
  }

  /**
   * Has everything forwarded that was recorded, and blocks this thread until it is, or for `timeout`
   * milliseconds. Only for the end of the process.
   */
  flushNow(timeout: number): void {
    if (this.isStopping || this.worker === undefined) return;
    this.recorder.observeNow();
    this.requestFlush(this.worker);
    const outcome = Atomics.wait(this.state, 0, RUNNING, timeout);
    if (outcome === 'timed-out') {
      diag.warn(
        `pitot: the last values were not forwarded within ${timeout} ms (PITOT_FLUSH_TIMEOUT); they are lost.`,
      );
    }
  }

  /** Has everything forwarded, for at most `timeout` milliseconds, and ends the hub. */
  async stop(timeout: number): Promise<void> {
    const { worker } = this;
    if (this.isStopping || worker === undefined) return;
    await this.recorder.observe(this.config.observeTimeout);
    this.isStopping = true;
    worker.ref();
    this.requestFlush(worker);
    const flushed = Atomics.waitAsync(this.state, 0, RUNNING, timeout);
    if ((await flushed.value) === 'timed-out') {
      diag.warn(
        `pitot: the last values were not forwarded within ${timeout} ms (PITOT_FLUSH_TIMEOUT); they are lost.`,
      );
    }
    await worker.terminate();
  }

  private requestFlush(worker: Worker): void {
    worker.postMessage({ type: 'flush' } satisfies HubRequest);
  }

  private start(isFirst: boolean): void {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const { config, instrumented } = this;
    const workerData: HubData = { config, state: this.state.buffer, recorder: theirs, instrumented, isFirst };
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./entry.${extension}`, import.meta.url), {
      name: 'pitot-hub',
      workerData,
      transferList: [theirs],
      // The application's own preloads, pitot's door among them, have no place in the hub.
      execArgv: [],
      env: { ...hubEnvironment(process.env), NODE_OPTIONS: '' },
    });
    this.worker = worker;
    worker.on('message', ({ endpoint }: HubMessage) => {
      // A port that was picked is kept, so that a scraper finds the next hub where it found this one.
      if (endpoint !== undefined) this.config = { ...this.config, port: endpoint.port };
      this.becomeReady(endpoint);
    });
    const startedAt = performance.now();
    let reason = 'it ended';
    worker.on('error', (error) => {
      reason = String(error);
    });
    worker.on('exit', () => {
      ours.close();
      this.worker = undefined;
      if (performance.now() - startedAt > LONGEST_PAUSE) this.pause = FIRST_PAUSE;
      if (!this.isStopping) this.restart(reason);
    });
    ours.on('message', (request: RecorderRequest) => {
      void this.recorder.observe(request.timeout).then((errors) => {
        ours.postMessage({ type: 'observed', request: request.request, errors });
      });
    });
    // After the listeners, each of which would keep the process alive.
    ours.unref();
    worker.unref();
    this.recorder.attach((message) => ours.postMessage(message));
  }

  private restart(reason: string): void {
    diag.error(
      `pitot: the hub's thread failed (${reason}). The application is not affected and nothing recorded is lost; ` +
        `the hub is started again in ${this.pause / 1000} s.`,
    );
    setTimeout(() => this.start(false), this.pause).unref();
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }
}
