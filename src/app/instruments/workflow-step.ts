import { BoundedValues } from '../../base/bounded-values.ts';
import { safely } from '../../base/safely.ts';
import { Scope } from './scope.ts';
import type { Measured } from './timed.ts';
import { workflowMetrics } from './workflow-metrics.ts';

/** Which type of step is executed. */
export interface WorkflowStepOptions {
  /** `workflow.step.type`: what sort of step it is, as `http` or `hash`; not the name of one in a definition. */
  readonly type: string;
}

/** One step of a run that is being timed. */
export interface WorkflowStep extends Measured {
  /** Counts one retry: what the step does is tried again within it. */
  retry(): void;
  /** Makes the step's outcome `cancellation`, whatever else happens in it. */
  cancel(): void;
}

const types = new BoundedValues('workflow.step.type', /^[\p{L}\p{N}][\p{L}\p{N} _.:/@+-]{0,127}$/u);

/** One step of a run of the workflow `name`. */
export class StepScope extends Scope implements WorkflowStep {
  private readonly state;
  private cancelled = false;

  constructor(name: { readonly 'workflow.name': string } | undefined, options: Partial<WorkflowStepOptions>) {
    super();
    this.state = safely('workflow.step', () => {
      if (name === undefined) return undefined;
      const { 'step.finished': finished, 'step.duration': duration, retries } = workflowMetrics;
      return {
        finished,
        duration,
        retries,
        step: { 'workflow.step.type': types.admit(options.type), ...name },
      };
    });
  }

  retry(): void {
    safely('retry()', () => this.state?.retries.add(1, this.state.step));
  }

  cancel(): void {
    safely('cancel()', () => {
      this.cancelled = true;
    });
  }

  protected override record(seconds: number, failure: string | undefined): void {
    if (this.state === undefined) return;
    const { finished, duration, step } = this.state;
    const attributes = { ...step, ...outcomeOf(this.cancelled, failure) };
    finished.add(1, attributes);
    duration.record(seconds, attributes);
  }
}

/** How a run or a step ended. */
export function outcomeOf(cancelled: boolean, failure: string | undefined) {
  if (cancelled) return { 'workflow.outcome': 'cancellation' } as const;
  if (failure === undefined) return { 'workflow.outcome': 'success' } as const;
  return { 'workflow.outcome': 'failure', 'error.type': failure } as const;
}
