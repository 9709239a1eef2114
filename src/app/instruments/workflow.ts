import { BoundedValues } from '../../base/bounded-values.ts';
import { safely } from '../../base/safely.ts';
import { NO_OBSERVATION, type Observation } from '../observe/observation.ts';
import { ObservableRegistry } from './observable-registry.ts';
import { Scope } from './scope.ts';
import { type Measured, type Timed, timed } from './timed.ts';
import { workflowMetrics } from './workflow-metrics.ts';
import { outcomeOf, StepScope, type WorkflowStep, type WorkflowStepOptions } from './workflow-step.ts';

export type { WorkflowStep, WorkflowStepOptions };

/** Which workflow runs. */
export interface WorkflowRunOptions {
  /** `workflow.name`: the name of the definition, never of the run. */
  readonly name: string;
}

/** One run of a workflow that is being timed. */
export interface WorkflowRun extends Measured {
  /** Counts one node that the run begins to execute; a node that is tried again counts again. */
  node(): void;
  /** Times one step of the run, and counts it as a node. */
  readonly step: Timed<WorkflowStepOptions, WorkflowStep>;
  /** Counts one retry of the run as a whole. */
  retry(): void;
  /** The run was cancelled: its outcome is `cancellation`, whatever else happens in it. */
  cancel(): void;
}

/** How the number of stored definitions is read. */
export interface WorkflowDefinitionsOptions {
  /** How many definitions are stored now; asked whenever metrics are read, so it should be quick. */
  readonly count: () => number;
}

/**
 * Metrics of workflows that a service runs. The semantic conventions have none for workflows in general;
 * names and outcomes follow theirs for pipelines (1.44.0, `cicd.pipeline.run.*`). All but the last have
 * `workflow.name`; those marked with * also have `workflow.outcome` (`success`, `failure` or
 * `cancellation`) and, for a failure, `error.type`.
 *
 * - `workflow.run.started` (counter, {run}): runs that began.
 * - `workflow.run.finished`* (counter, {run}): runs that ended.
 * - `workflow.run.active` (up-down counter, {run}): runs that are under way.
 * - `workflow.run.duration`* (histogram, s): how long the runs that ended took.
 * - `workflow.run.nodes`* (histogram, {node}): how many nodes each run that ended had executed.
 * - `workflow.step.finished`* (counter, {step}): steps that ended, by `workflow.step.type`.
 * - `workflow.step.duration`* (histogram, s): how long they took, likewise.
 * - `workflow.retries` (counter, {retry}): of runs, and of steps with their `workflow.step.type`.
 * - `workflow.definition.stored` (observable up-down counter, {definition}): definitions that are stored.
 */
export interface Workflow {
  /**
   * Times one run of a workflow.
   *
   * ```ts
   * await workflow.run({ name: 'import' }, async (run) => {
   *   for (const node of nodes) await run.step({ type: node.type }, () => node.execute());
   * });
   * ```
   */
  readonly run: Timed<WorkflowRunOptions, WorkflowRun>;
  /** Reads at each collection how many definitions are stored, until it is stopped. Several stores add up. */
  definitions(options: WorkflowDefinitionsOptions): Observation;
}

/** Measures workflows: runs, steps and stored definitions. See {@link Workflow}. */
export const workflow: Workflow = {
  run: timed('workflow.run', (options) => new RunScope(options)),
  definitions(options) {
    const observation = safely('workflow.definitions', () => {
      const { count } = options;
      if (typeof count !== 'function') throw new TypeError('expected a function count()');
      stores.register(workflowMetrics['definition.stored'], (result) => {
        let definitions = 0;
        stores.forEach((store) => {
          definitions += store.count();
        });
        result.observe(definitions);
      });
      return stores.add({ count });
    });
    return observation ?? NO_OBSERVATION;
  },
};

const names = new BoundedValues('workflow.name', /^[\p{L}\p{N}][\p{L}\p{N} _.:/@+-]{0,127}$/u);
const stores = new ObservableRegistry<WorkflowDefinitionsOptions>('the number of workflow definitions');

class RunScope extends Scope implements WorkflowRun {
  readonly step: Timed<WorkflowStepOptions, WorkflowStep>;
  private readonly state;
  private nodes = 0;
  private cancelled = false;

  constructor(options: Partial<WorkflowRunOptions>) {
    super();
    this.state = safely('workflow.run', () => {
      // Kept, so that a run ends in the same place as it began in.
      const {
        'run.started': started,
        'run.finished': finished,
        'run.active': active,
        'run.duration': duration,
        'run.nodes': nodes,
      } = workflowMetrics;
      const name = { 'workflow.name': names.admit(options.name) };
      started.add(1, name);
      active.add(1, name);
      return { finished, active, duration, nodes, name };
    });
    this.step = timed('workflow.step', (options) => {
      this.node();
      return new StepScope(this.state?.name, options);
    });
  }

  node(): void {
    safely('node()', () => {
      this.nodes += 1;
    });
  }

  retry(): void {
    safely('retry()', () => {
      if (this.state !== undefined) workflowMetrics.retries.add(1, this.state.name);
    });
  }

  cancel(): void {
    safely('cancel()', () => {
      this.cancelled = true;
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { finished, active, duration, nodes, name } = this.state;
    const attributes = { ...name, ...outcomeOf(this.cancelled, failure) };
    active.add(-1, name);
    finished.add(1, attributes);
    duration.record(seconds, attributes);
    nodes.record(this.nodes, attributes);
  }
}
