import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from './dashboard-frame.ts';
import { metric } from './metric.ts';
import { level, named, PRESENT, quantile, rate, resets, secondsSince, share } from './query.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { OUTCOMES, timeSeries } from './time-series.ts';

const STARTED = metric('workflow.run.started');
const FINISHED = metric('workflow.run.finished');
const RUNNING = metric('workflow.run.active');
const RUN_TIME = metric('workflow.run.duration');
const NODES = metric('workflow.run.nodes');
const STEPS = metric('workflow.step.finished');
const STEP_TIME = metric('workflow.step.duration');
const RETRIES = metric('workflow.retries');
const DEPTH = metric('queue.depth');
const WAIT = metric('queue.wait.duration');
const SENT = metric('messaging.client.sent.messages');
const CONSUMED = metric('messaging.client.consumed.messages');
const PROCESSING = metric('messaging.process.duration');
const JOBS = metric('job.executions');
const JOB_TIME = metric('job.execution.duration');
const JOBS_RUNNING = metric('job.execution.active');
const JOB_SUCCESS = metric('job.last_success.timestamp');

const WORKFLOW = { by: ['workflow.name'] };
const STEP = { by: ['workflow.step.type'] };
const QUEUE = { by: ['messaging.destination.name'] };
const JOB = { by: ['job.name'] };
const RUN_FAILED = { 'workflow.outcome': 'failure' };

const SUMMARY = [
  stat({
    title: 'Workflow runs',
    description: 'Finished workflow runs per second.',
    unit: 'ops',
    query: rate(FINISHED),
  }),
  stat({
    title: 'Failed runs',
    description: 'Share of runs that failed.',
    unit: 'percentunit',
    query: share(FINISHED, { where: RUN_FAILED }),
    limits: { warning: 0.05, critical: 0.25 },
  }),
  stat({
    title: 'Slowest 5 % of runs',
    description: '95 % of the runs take less (p95).',
    unit: 's',
    query: quantile(0.95, RUN_TIME),
  }),
  stat({
    title: 'Messages in queues',
    description: 'Messages that wait for processing.',
    unit: 'short',
    query: level(DEPTH, { where: { 'queue.state': 'waiting' } }),
  }),
  stat({
    title: 'Longest waits, p95',
    description: '95 % of the messages waited less before processing.',
    unit: 's',
    query: quantile(0.95, WAIT),
    limits: { warning: 30, critical: 300 },
  }),
  stat({
    title: 'Failed messages',
    description: 'Share of messages whose processing failed.',
    unit: 'percentunit',
    query: share(PROCESSING, { where: { 'error.type': PRESENT } }),
    limits: { warning: 0.01, critical: 0.05 },
  }),
];

const RUNS = [
  timeSeries({
    title: 'Runs by outcome',
    description: 'Finished workflow runs.',
    unit: 'ops',
    queries: [rate(FINISHED, { by: ['workflow.outcome'] })],
    span: 8,
    stacked: true,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Failed runs by workflow',
    description: "Share of each workflow's runs that failed.",
    unit: 'percentunit',
    queries: [share(FINISHED, { ...WORKFLOW, where: RUN_FAILED })],
    span: 8,
  }),
  timeSeries({
    title: 'Duration of runs, p95',
    description: "95 % of the workflow's runs take less. Points are runs with a trace.",
    unit: 's',
    queries: [quantile(0.95, RUN_TIME, WORKFLOW)],
    span: 8,
    exemplars: true,
  }),
  table({
    title: 'Workflows, now',
    description: 'Current state of each workflow, the most used first.',
    row: { label: 'workflow_name', title: 'Workflow' },
    columns: [
      { title: 'Started', unit: 'ops', query: rate(STARTED, WORKFLOW) },
      { title: 'Failed', unit: 'percentunit', query: share(FINISHED, { ...WORKFLOW, where: RUN_FAILED }) },
      { title: 'p95', unit: 's', query: quantile(0.95, RUN_TIME, WORKFLOW) },
      { title: 'Nodes, p95', unit: 'short', query: quantile(0.95, NODES, WORKFLOW) },
      { title: 'In flight', unit: 'short', query: level(RUNNING, WORKFLOW) },
    ],
    span: 12,
  }),
  timeSeries({
    title: 'Runs in flight',
    description:
      'Runs that have started and not finished. If the number rises without end, runs hang or start too fast.',
    unit: 'short',
    queries: [level(RUNNING, WORKFLOW)],
    span: 12,
  }),
];

const STEP_PANELS = [
  timeSeries({
    title: 'Failed steps by type and reason',
    description: 'Failed steps, by node type and reason.',
    unit: 'ops',
    queries: [rate(STEPS, { by: ['workflow.step.type', 'error.type'], where: RUN_FAILED })],
    span: 8,
  }),
  timeSeries({
    title: 'Duration of steps, p95',
    description: "95 % of the steps of the type take less. Shows where the runs' time goes.",
    unit: 's',
    queries: [quantile(0.95, STEP_TIME, STEP)],
    span: 8,
    exemplars: true,
  }),
  timeSeries({
    title: 'Retries',
    description: 'Retried runs and steps.',
    unit: 'ops',
    queries: [rate(RETRIES, WORKFLOW)],
    span: 8,
  }),
];

const QUEUES = [
  timeSeries({
    title: 'Messages in queues',
    description: 'By queue and state. A rise means that messages arrive faster than they are processed.',
    unit: 'short',
    queries: [level(DEPTH, { by: [...QUEUE.by, 'queue.state'] })],
    span: 8,
  }),
  timeSeries({
    title: 'In and out',
    description: 'Messages sent to each queue, and received from it.',
    unit: 'mps',
    queries: [
      named('{{messaging_destination_name}} sent', rate(SENT, QUEUE)),
      named('{{messaging_destination_name}} taken', rate(CONSUMED, QUEUE)),
    ],
    span: 8,
  }),
  timeSeries({
    title: 'Time in the queue, p95',
    description: '95 % of the messages waited less before processing. Users notice this time.',
    unit: 's',
    queries: [quantile(0.95, WAIT, QUEUE)],
    span: 8,
  }),
  timeSeries({
    title: 'Processing, p95',
    description: 'Processing takes less for 95 % of the messages.',
    unit: 's',
    queries: [quantile(0.95, PROCESSING, QUEUE)],
    span: 12,
    exemplars: true,
  }),
  timeSeries({
    title: 'Failed messages',
    description: 'Messages whose processing failed, by reason.',
    unit: 'mps',
    queries: [rate(PROCESSING, { by: [...QUEUE.by, 'error.type'], where: { 'error.type': PRESENT } })],
    span: 12,
  }),
];

const JOB_PANELS = [
  timeSeries({
    title: 'Executions of jobs',
    description: 'By job and outcome.',
    unit: 'ops',
    queries: [rate(JOBS, { by: ['job.name', 'job.outcome'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Duration of jobs, p95',
    description: "95 % of the job's executions take less. Points are executions with a trace.",
    unit: 's',
    queries: [quantile(0.95, JOB_TIME, JOB)],
    span: 8,
    exemplars: true,
  }),
  table({
    title: 'Jobs, now',
    description: "Time of each job's last success. Only here you see a job that does not run at all.",
    row: { label: 'job_name', title: 'Job' },
    columns: [
      { title: 'Since the last success', unit: 'dtdurations', query: secondsSince(JOB_SUCCESS, JOB) },
      { title: 'In flight', unit: 'short', query: level(JOBS_RUNNING, JOB) },
    ],
    span: 8,
  }),
];

/** Work besides answering requests. */
export function workflowsAndQueues(): Dashboard {
  return dashboard({
    uid: 'pitot-workflows-queues',
    title: 'Workflows, queues and jobs',
    description: 'Workflow runs and their steps, messages in queues, and jobs.',
    tags: [SERVICE_TAG, 'workflow'],
    chosenBy: metric('pitot.series'),
    marks: { title: 'A process started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Workflows', panels: RUNS },
      { title: 'Steps', panels: STEP_PANELS },
      { title: 'Queues', panels: QUEUES },
      { title: 'Jobs', panels: JOB_PANELS },
    ],
  });
}
