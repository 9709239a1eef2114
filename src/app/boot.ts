import { isMainThread } from 'node:worker_threads';
import { DiagLogLevel } from '@opentelemetry/api';
import { diag } from '../base/diag.ts';
import { dryRun } from '../base/dry-run.ts';
import { stderrLogger } from '../base/log.ts';
import { packageVersion } from '../base/pitot-scope.ts';
import { runtimeProblem } from '../base/runtime.ts';
import { atomics, hasSharedMemory } from '../base/shared-memory.ts';
import type { Endpoint } from '../channel/messages.ts';
import { type Handshake, OTHER_RELEASE_LOGGED } from '../channel/worker-handshake.ts';
import { readConfig } from '../config/config.ts';
import { formatFaults } from '../config/faults.ts';
import type { SettingOptions } from '../config/settings/boot-options.ts';
import type { Config } from '../config/settings/table.ts';
import { flushAtExit } from './exit.ts';
import { startHeartbeat } from './heartbeat.ts';
import { applicationEnvironment } from './hub-client/application-environment.ts';
import { setWayToHub } from './hub-client/ask.ts';
import { Hub } from './hub-client/hub.ts';
import { handshakeOfMainThread, WorkerLink } from './hub-client/worker-link.ts';
import { lateOptions } from './late-options.ts';
import { isLauncher } from './launchers.ts';
import { type BootFunctions, measure, recorderOptions } from './measure.ts';
import { recorder } from './record/global.ts';
import type { FlushOutcome } from './record/recorder.ts';
import { answerForStack } from './stack-answer.ts';

/** A running pitot. */
export interface Pitot {
  /** Where the endpoint listens; `undefined` when it is off or could not be opened (an error said why). */
  ready(): Promise<Endpoint | undefined>;
  /**
   * Tells `/readyz` whether the application is ready for work, with the reason. An application is ready until it says
   * otherwise. The call counts at once, even if the event loop is stuck afterwards.
   */
  setReady(isReady: boolean, reason?: string): void;
  /**
   * Forwards everything that was recorded so far, within `PITOT_FLUSH_TIMEOUT` (a warning says when that was too
   * short). For processes that are frozen between requests, as in AWS Lambda. The global MeterProvider has it too.
   * It never rejects.
   *
   * @returns whether the receivers took everything; `undefined` where nothing is forwarded from this thread: in worker
   *   threads, after `shutdown()`, or with pitot off
   */
  forceFlush(): Promise<FlushOutcome | undefined>;
  /** Forwards all recordings, for at most `PITOT_FLUSH_TIMEOUT`, and closes the endpoint. */
  shutdown(): Promise<void>;
}

const IDLE: Pitot = {
  ready: async () => undefined,
  setReady: () => {},
  forceFlush: async () => undefined,
  shutdown: async () => {},
};

/**
 * The options of {@link boot}: the settings of docs/settings.md, and functions. All are optional, and an option that is
 * `undefined` counts as not given. An option wins over its environment variable.
 */
export interface BootOptions extends SettingOptions, BootFunctions {}

let running: Pitot | undefined;

/** The pitot of this thread, for other copies of the package, of any version: a monorepo may have several. */
const RUNNING = Symbol.for('pitot.running');
/** Set by src/instrumentation.ts where it has said that Node.js is too old. */
const TOLD_TOO_OLD = Symbol.for('pitot.told-too-old');
const shared = globalThis as { [RUNNING]?: Running };

interface Running {
  readonly release: string | undefined;
  readonly pitot: Pitot;
  /** Applies options that come later, as far as possible. Absent in releases before it, and where pitot is idle. */
  readonly reconfigure?: (options: BootOptions) => void;
}

/**
 * Starts pitot in this process: settings become the recorder, the hub and the automatic sources. A second call returns
 * what the first one started. Its options take effect where only the hub reads them, such as `serviceName`, `port` and
 * `exporters`: the hub starts anew and keeps all counts. A warning names the options that come too late. Faults in
 * settings are reported together, each with the value that is used instead; nothing is thrown. In a worker thread it
 * joins the pitot of the process, whose one hub reads the thread's numbers.
 */
export function boot(options: BootOptions = {}): Pitot {
  const listener = dryRun();
  if (listener !== undefined) {
    listener({ ...options });
    return IDLE;
  }
  const isStart = running === undefined && shared[RUNNING] === undefined;
  recorder.hasBooted = true;
  running ??= ofAnotherCopy() ?? begin(options);
  const own = shared[RUNNING];
  if (!isStart && own?.release === packageVersion()) own?.reconfigure?.(options);
  return running;
}

/**
 * Forwards everything that was recorded so far, wherever pitot was started: `forceFlush()` of {@link Pitot}. For
 * functions that are frozen between invocations, as in AWS Lambda, and for the end of a piece of work. Never rejects.
 *
 * @returns whether the receivers took everything within `PITOT_FLUSH_TIMEOUT`; `undefined` where nothing is forwarded
 *   from this thread: in worker threads, after `shutdown()`, or with pitot off
 */
export async function flush(): Promise<FlushOutcome | undefined> {
  return shared[RUNNING]?.pitot.forceFlush();
}

function begin({ httpAttributes, ...settings }: BootOptions): Pitot {
  const functions = { httpAttributes };
  const handshake = isMainThread ? undefined : handshakeOfMainThread();
  if (handshake !== undefined && handshake.release !== packageVersion()) {
    const before = atomics.exchange(new Int32Array(handshake.hub), OTHER_RELEASE_LOGGED, 1);
    if (before === 0) warnOfTwoReleases(handshake.release);
    return IDLE;
  }
  const begun = handshake === undefined ? start(settings, functions) : join(handshake, functions);
  if (begun === undefined) return IDLE;
  shared[RUNNING] = { release: packageVersion(), ...begun };
  return begun.pitot;
}

/** Two hubs in one process would compete for the endpoint, and count the process twice. */
function ofAnotherCopy(): Pitot | undefined {
  const other = shared[RUNNING];
  if (other !== undefined && other.release !== packageVersion() && isMainThread) {
    warnOfTwoReleases(other.release);
  }
  return other?.pitot;
}

function warnOfTwoReleases(measuring: string | undefined): void {
  stderrLogger.warn(
    `two copies of pitot are loaded in this process. pitot ${measuring} measures it; the copy of pitot ` +
      `${packageVersion()} leaves that to it. Its settings, its getMeter() and its bridge for prom-client have no effect. ` +
      'Install one version for all packages of the application.',
  );
}

function warnOfLateOptions(names: readonly string[]): void {
  if (names.length === 0) return;
  diag.warn(
    `pitot: boot() was given options (${names.join(', ')}) when pitot was running already; they come too late. Set them ` +
      'where pitot starts: as environment variables for `--import pitot/instrumentation`, or leave that out and call ' +
      'boot() first.',
  );
}

type Begun = Omit<Running, 'release'>;

function start(given: SettingOptions, functions: BootFunctions): Begun | undefined {
  const problem = runtimeProblem();
  if (problem !== undefined) {
    if (!(TOLD_TOO_OLD in globalThis)) stderrLogger.info(`${problem}; the application runs unmeasured.`);
    return undefined;
  }
  if (!hasSharedMemory) {
    stderrLogger.info(
      'pitot: SharedArrayBuffer or Atomics was deleted before pitot was loaded; the application runs unmeasured. ' +
        'Load pitot first (node --import pitot/instrumentation).',
    );
    return undefined;
  }
  if (isLauncher(process.argv[1], process.argv[2])) return undefined;
  const { config: initial, faults } = readConfig(given, applicationEnvironment(process.env));
  let options = given;
  let config = initial;
  let isOver = false;
  diag.setLogger(stderrLogger, { logLevel: DiagLogLevel[config.logLevel] });
  if (faults.length > 0) diag.warn(formatFaults(faults));
  if (config.disabled) {
    setWayToHub('pitot is switched off (OTEL_SDK_DISABLED)');
    return undefined;
  }
  const { names, stop } = measure(config, functions);
  const hub = new Hub(config, recorder, names);
  setWayToHub({ post: (message) => hub.ask(message), timeout: config.scrapeTimeout });
  const stopWatch = beWatched(hub, config);
  let forget = flushAtExit(hub, config);
  const pitot: Pitot = {
    ready: () => hub.ready(),
    setReady: (isReady, reason = '') => hub.vitals.setReady(isReady, reason),
    forceFlush: () => hub.forceFlush(config.flushTimeout),
    async shutdown() {
      isOver = true;
      stop();
      stopWatch();
      forget();
      setWayToHub('pitot has been shut down');
      await hub.stop(config.flushTimeout);
    },
  };
  recorder.lifecycle = pitot;
  const reconfigure = ({ httpAttributes, ...late }: BootOptions) => {
    if (isOver) return;
    const sorted = lateOptions(options, config, late);
    if (sorted.faults !== '') diag.warn(sorted.faults);
    warnOfLateOptions([...sorted.ignored, ...(httpAttributes === undefined ? [] : ['httpAttributes'])]);
    if (sorted.config === undefined) return;
    options = sorted.options;
    config = sorted.config;
    diag.setLogger(stderrLogger, { logLevel: DiagLogLevel[config.logLevel] });
    recorder.configure(recorderOptions(config));
    hub.reconfigure(config);
    setWayToHub({ post: (message) => hub.ask(message), timeout: config.scrapeTimeout });
    forget();
    forget = flushAtExit(hub, config);
  };
  return { pitot, reconfigure };
}

/** The settings, and the endpoint, are the main thread's. */
function join(handshake: Handshake, functions: BootFunctions): Begun {
  diag.setLogger(stderrLogger, {
    logLevel: DiagLogLevel[handshake.config.logLevel],
  });
  const { stop } = measure(handshake.config, functions);
  const link = new WorkerLink(recorder, handshake);
  const { vitals } = link;
  setWayToHub({ post: (message) => link.ask(message), timeout: handshake.config.scrapeTimeout });
  const stopWatch = beWatched(link, handshake.config);
  const pitot: Pitot = {
    ready: async () => undefined,
    setReady: (isReady, reason = '') => vitals.setReady(isReady, reason),
    // The main thread forwards what worker threads record.
    forceFlush: async () => undefined,
    async shutdown() {
      stop();
      stopWatch();
    },
  };
  return { pitot, reconfigure: (options) => warnOfLateOptions(Object.keys(options)) };
}

/** Lets the hub watch this thread's event loop. */
function beWatched({ vitals, stack }: Pick<Hub, 'vitals' | 'stack'>, { stallCauses }: Config): () => void {
  const stopHeartbeat = startHeartbeat(vitals);
  const stopAnswering = stallCauses ? answerForStack(stack) : undefined;
  return () => {
    stopHeartbeat();
    stopAnswering?.();
  };
}
