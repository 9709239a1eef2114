import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { defineMetrics } from '../define/define.ts';

const NAME = {
  'workflow.name': { type: 'string', description: 'The name of the definition, never of the run.' },
} as const;

const ENDED = {
  ...NAME,
  'workflow.outcome': { values: ['success', 'failure', 'cancellation'], description: 'How it ended.' },
  'error.type': { type: 'string', optional: true, description: 'Of a failure: its code or class.' },
} as const;

const STEP = {
  'workflow.step.type': { type: 'string', description: 'What sort of step it is, as `http` or `hash`.' },
} as const;

const BOUNDARIES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];

export const workflowMetrics = defineMetrics(
  'workflow',
  {
    'run.started': {
      kind: 'counter',
      unit: '{run}',
      description: 'Number of workflow runs that began.',
      attributes: NAME,
    },
    'run.finished': {
      kind: 'counter',
      unit: '{run}',
      description: 'Number of workflow runs that ended, by outcome.',
      attributes: ENDED,
    },
    'run.active': {
      kind: 'upDownCounter',
      unit: '{run}',
      description: 'Number of workflow runs that are under way.',
      attributes: NAME,
    },
    'run.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of workflow runs.',
      attributes: ENDED,
      boundaries: BOUNDARIES,
    },
    'run.nodes': {
      kind: 'histogram',
      unit: '{node}',
      description: 'Number of nodes that a workflow run executed.',
      attributes: ENDED,
      boundaries: [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    },
    'step.finished': {
      kind: 'counter',
      unit: '{step}',
      description: 'Number of steps of workflow runs that ended, by type and outcome.',
      attributes: { ...STEP, ...ENDED },
    },
    'step.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'Duration of steps of workflow runs.',
      attributes: { ...STEP, ...ENDED },
      boundaries: BOUNDARIES,
    },
    retries: {
      kind: 'counter',
      unit: '{retry}',
      description: 'Number of times that a workflow run or a step of it was tried again.',
      attributes: { ...NAME, 'workflow.step.type': { ...STEP['workflow.step.type'], optional: true } },
    },
    'definition.stored': {
      kind: 'observableUpDownCounter',
      unit: '{definition}',
      description: 'Number of workflow definitions that are stored.',
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Workflows',
    introduction: 'By `workflow` of `pitot/instruments`.',
  },
);
