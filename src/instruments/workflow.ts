import { BoundedValues } from './bounded-values.ts';
import { lazily } from './meter.ts';
import { quietly } from './quietly.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';

export interface WorkflowRunOptions {
  /** `workflow.name`: the name of the definition, never of the run. */
  readonly name: string;
}

export interface WorkflowRun extends Measured {
  /** Counts one node that the run begins to execute; a node that is tried again counts again. */
  node(): void;
  /** Makes the run's outcome `cancellation`, whatever else happens in it: somebody called it off. */
  cancel(): void;
}

/**
 * Metrics of workflows that a service runs. The semantic conventions have none for workflows in general;
 * names and outcomes follow theirs for pipelines (1.44.0, `cicd.pipeline.run.*`). All have
 * `workflow.name`; those marked with * also have `workflow.outcome` (`success`, `failure` or
 * `cancellation`) and, for a failure, `error.type`.
 *
 * - `workflow.run.started` (counter, {run}): runs that began.
 * - `workflow.run.finished`* (counter, {run}): runs that ended.
 * - `workflow.run.active` (up-down counter, {run}): runs that are under way.
 * - `workflow.run.duration`* (histogram, s): how long the runs that ended took.
 * - `workflow.run.nodes`* (histogram, {node}): how many nodes each run that ended had executed.
 */
export interface Workflow {
  /**
   * Times one run of a workflow.
   *
   * ```ts
   * await workflow.run({ name: 'import' }, async (run) => {
   *   for (const node of nodes) {
   *     run.node();
   *     await node.execute();
   *   }
   * });
   * ```
   */
  readonly run: Timed<WorkflowRunOptions, WorkflowRun>;
}

export const workflow: Workflow = {
  run: timed('workflow.run', (options) => new RunScope(options)),
};

const instruments = lazily((meter) => ({
  started: meter.createCounter('workflow.run.started', {
    unit: '{run}',
    description: 'Number of workflow runs that began.',
  }),
  finished: meter.createCounter('workflow.run.finished', {
    unit: '{run}',
    description: 'Number of workflow runs that ended, by outcome.',
  }),
  active: meter.createUpDownCounter('workflow.run.active', {
    unit: '{run}',
    description: 'Number of workflow runs that are under way.',
  }),
  duration: meter.createHistogram('workflow.run.duration', {
    unit: 's',
    description: 'Duration of workflow runs.',
    advice: {
      explicitBucketBoundaries: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    },
  }),
  nodes: meter.createHistogram('workflow.run.nodes', {
    unit: '{node}',
    description: 'Number of nodes that a workflow run executed.',
    advice: { explicitBucketBoundaries: [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
  }),
}));

const names = new BoundedValues('workflow.name', /^[\p{L}\p{N}][\p{L}\p{N} _.:/@+-]{0,127}$/u);

class RunScope extends Scope implements WorkflowRun {
  private readonly begun;
  private nodes = 0;
  private cancelled = false;

  constructor(options: Partial<WorkflowRunOptions>) {
    super();
    this.begun = quietly('workflow.run', () => {
      const begun = { instruments: instruments(), name: { 'workflow.name': names.admit(options.name) } };
      begun.instruments.started.add(1, begun.name);
      begun.instruments.active.add(1, begun.name);
      return begun;
    });
  }

  node(): void {
    quietly('node()', () => {
      this.nodes += 1;
    });
  }

  cancel(): void {
    quietly('cancel()', () => {
      this.cancelled = true;
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.begun === undefined) return;
    const { instruments, name } = this.begun;
    const attributes = { ...name, ...this.outcome(failure) };
    instruments.active.add(-1, name);
    instruments.finished.add(1, attributes);
    instruments.duration.record(seconds, attributes);
    instruments.nodes.record(this.nodes, attributes);
  }

  private outcome(failure: string | undefined) {
    if (this.cancelled) return { 'workflow.outcome': 'cancellation' };
    if (failure === undefined) return { 'workflow.outcome': 'success' };
    return { 'workflow.outcome': 'failure', 'error.type': failure };
  }
}
