import { BoundedValues } from '../../base/bounded-values.ts';
import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { safely } from '../../base/safely.ts';
import { defineMetrics } from '../define/define.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

/** Which job is executed. */
export interface JobExecutionOptions {
  /** `job.name`: the name of the job or task, never of one execution. */
  readonly name: string;
}

/** One execution of a job that is being timed. */
export interface JobExecution extends Measured {
  /** The job was cancelled: its outcome is `cancellation`, whatever else happens. */
  cancel(): void;
}

/**
 * Metrics of jobs and tasks: what a service does by a schedule or in the background. The semantic
 * conventions have none in general; outcomes are those of `workflow`. All have `job.name`; those marked
 * with * also have `job.outcome` (`success`, `failure` or `cancellation`) and, for a failure, `error.type`.
 *
 * - `job.executions`* (counter, {execution}): executions that ended.
 * - `job.execution.duration`* (histogram, s): how long they took.
 * - `job.execution.active` (up-down counter, {execution}): executions that are under way.
 * - `job.last_success.timestamp` (gauge, s): when an execution last succeeded, in seconds since the epoch;
 *   of several processes the latest.
 */
export interface Job {
  /**
   * Times one execution.
   *
   * ```ts
   * setInterval(() => void job.execution({ name: 'clean-up' }, () => cleanUp()), 3_600_000);
   * ```
   */
  readonly execution: Timed<JobExecutionOptions, JobExecution>;
}

/** Times executions of jobs: see {@link Job}. */
export const job: Job = {
  execution: timed('job.execution', (options) => new ExecutionScope(options)),
};

const NAME = { 'job.name': { type: 'string', description: 'The name of the job or task.' } } as const;

const ENDED = {
  ...NAME,
  'job.outcome': ['success', 'failure', 'cancellation'],
  'error.type': { type: 'string', optional: true, description: 'Of a failure: its code or class.' },
} as const;

export const jobMetrics = defineMetrics(
  'job',
  {
    executions: {
      kind: 'counter',
      unit: '{execution}',
      description: 'Number of executions of jobs that ended, by outcome.',
      attributes: ENDED,
    },
    'execution.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of executions of jobs.',
      attributes: ENDED,
      boundaries: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600],
    },
    'execution.active': {
      kind: 'upDownCounter',
      unit: '{execution}',
      description: 'Number of executions of jobs that are under way.',
      attributes: NAME,
    },
    'last_success.timestamp': {
      kind: 'gauge',
      unit: 's',
      description: 'When an execution of the job last succeeded, in seconds since the epoch.',
      attributes: NAME,
      merge: 'max',
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Jobs and tasks',
    introduction: 'By `job.execution()` of `pitot/instruments`.',
  },
);

const names = new BoundedValues('job.name', /^[\p{L}\p{N}][\p{L}\p{N} _.:/@+-]{0,127}$/u);

class ExecutionScope extends Scope implements JobExecution {
  private readonly state;
  private cancelled = false;

  constructor(options: Partial<JobExecutionOptions>) {
    super();
    this.state = safely('job.execution', () => {
      const instruments = { ...jobMetrics };
      const name = { 'job.name': names.admit(options.name) };
      instruments['execution.active'].add(1, name);
      return { instruments, name };
    });
  }

  cancel(): void {
    safely('cancel()', () => {
      this.cancelled = true;
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { instruments, name } = this.state;
    const attributes = { ...name, ...this.outcome(failure) };
    instruments['execution.active'].add(-1, name);
    instruments.executions.add(1, attributes);
    instruments['execution.duration'].record(seconds, attributes);
    if (attributes['job.outcome'] === 'success') {
      instruments['last_success.timestamp'].record(Date.now() / 1000, name);
    }
  }

  private outcome(failure: string | undefined) {
    if (this.cancelled) return { 'job.outcome': 'cancellation' } as const;
    if (failure === undefined) return { 'job.outcome': 'success' } as const;
    return { 'job.outcome': 'failure', 'error.type': failure } as const;
  }
}
