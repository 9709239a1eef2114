import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, SERVICE_TAG } from './dashboard-frame.ts';
import { heatmap } from './heatmap.ts';
import { metric } from './metric.ts';
import {
  buckets,
  level,
  mean,
  orNamed,
  PRESENT,
  type Query,
  quantile,
  quantiles,
  rate,
  rateOfSum,
  resets,
  share,
} from './query.ts';
import { stat } from './stat.ts';
import { table } from './table.ts';
import { OUTCOMES, timeSeries } from './time-series.ts';

const OPERATIONS = metric('gen_ai.client.operation.duration');
const TOKENS = metric('gen_ai.client.token.usage');
const FIRST_CHUNK = metric('gen_ai.client.operation.time_to_first_chunk');
const NEXT_CHUNK = metric('gen_ai.client.operation.time_per_output_chunk');
const RESPONSES = metric('llm.responses');
const UNDER_WAY = metric('llm.operation.active');
const DECISIONS = metric('rate_limit.decisions');
const UTILIZATION = metric('rate_limit.utilization');

const MODEL = { by: ['gen_ai.request.model'] };
/** Some providers' answers do not name the requested model. */
function withModel(query: Query): Query {
  return orNamed('(unknown)', 'gen_ai.request.model', OPERATIONS, query);
}

const FAILED = { 'error.type': PRESENT };
const OUTPUT = { 'gen_ai.token.type': 'output' };
const INPUT = { 'gen_ai.token.type': 'input' };

const SUMMARY = [
  stat({
    title: 'Operations',
    description: 'Finished model operations per second.',
    unit: 'ops',
    query: rate(OPERATIONS),
  }),
  stat({
    title: 'Failed operations',
    description: 'Share of operations that ended with an error.',
    unit: 'percentunit',
    query: share(OPERATIONS, { where: FAILED }),
    limits: { warning: 0.02, critical: 0.1 },
  }),
  stat({
    title: 'Time to first chunk, p95',
    description: '95 % of the streamed answers begin sooner. Users wait for this time.',
    unit: 's',
    query: quantile(0.95, FIRST_CHUNK),
    limits: { warning: 2, critical: 5 },
  }),
  stat({
    title: 'Tokens',
    description: 'Input and output tokens per second. They determine the cost.',
    unit: 'cps',
    query: rateOfSum(TOKENS),
  }),
  stat({
    title: 'In flight',
    description: 'Operations that have started and not finished.',
    unit: 'short',
    query: level(UNDER_WAY),
  }),
  stat({
    title: 'Refused by rate limits',
    description: "Share of the decisions of the service's own rate limits that refused a request.",
    unit: 'percentunit',
    query: share(DECISIONS, { where: { 'rate_limit.outcome': 'limited' } }),
    limits: { warning: 0.1, critical: 0.5 },
  }),
];

const OPERATION_PANELS = [
  timeSeries({
    title: 'Operations by model',
    description: 'By requested model.',
    unit: 'ops',
    queries: [withModel(rate(OPERATIONS, MODEL))],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Failed operations',
    description: "By provider and reason: the provider's status, or the error's class.",
    unit: 'ops',
    queries: [rate(OPERATIONS, { by: ['gen_ai.provider.name', 'error.type'], where: FAILED })],
    span: 8,
  }),
  timeSeries({
    title: 'Duration by model, p95',
    description:
      '95 % of the operations take less, up to the last chunk. Points are operations with a trace.',
    unit: 's',
    queries: [withModel(quantile(0.95, OPERATIONS, MODEL))],
    span: 8,
    exemplars: true,
  }),
  table({
    title: 'Models, now',
    description: 'Current use of each model, the most used first. Tokens are the average per operation.',
    row: { label: 'gen_ai_request_model', title: 'Model' },
    columns: [
      { title: 'Operations', unit: 'ops', query: withModel(rate(OPERATIONS, MODEL)) },
      {
        title: 'Failed',
        unit: 'percentunit',
        query: withModel(share(OPERATIONS, { ...MODEL, where: FAILED })),
      },
      { title: 'p95', unit: 's', query: withModel(quantile(0.95, OPERATIONS, MODEL)) },
      { title: 'Time to first chunk, p95', unit: 's', query: withModel(quantile(0.95, FIRST_CHUNK, MODEL)) },
      { title: 'Tokens in', unit: 'short', query: withModel(mean(TOKENS, { ...MODEL, where: INPUT })) },
      { title: 'Tokens out', unit: 'short', query: withModel(mean(TOKENS, { ...MODEL, where: OUTPUT })) },
    ],
    span: 12,
  }),
  heatmap({
    title: 'Durations',
    description: 'Number of operations by duration.',
    unit: 's',
    countUnit: 'ops',
    query: buckets(OPERATIONS),
    span: 12,
  }),
];

const STREAMS = [
  timeSeries({
    title: 'Time to the first chunk',
    description: 'From the request to the first chunk of a streamed answer.',
    unit: 's',
    queries: quantiles(FIRST_CHUNK),
    span: 8,
    exemplars: true,
  }),
  timeSeries({
    title: 'Time between chunks, p95',
    description: '95 % of the chunks follow the previous one sooner. A rise means that answers stutter.',
    unit: 's',
    queries: [withModel(quantile(0.95, NEXT_CHUNK, MODEL))],
    span: 8,
  }),
  timeSeries({
    title: 'Why answers ended',
    description: "The provider's finish reasons. Many `length` mean truncated answers.",
    unit: 'ops',
    queries: [rate(RESPONSES, { by: ['llm.finish_reason'] })],
    span: 8,
    stacked: true,
  }),
];

const TOKEN_PANELS = [
  timeSeries({
    title: 'Tokens by type',
    description: 'Input and output tokens per second.',
    unit: 'cps',
    queries: [rateOfSum(TOKENS, { by: ['gen_ai.token.type'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Tokens by model',
    description: 'The models that use the tokens, and therefore cause the cost.',
    unit: 'cps',
    queries: [withModel(rateOfSum(TOKENS, MODEL))],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Tokens per operation',
    description: 'Average by type. If inputs grow without end, the code never truncates the history.',
    unit: 'short',
    queries: [mean(TOKENS, { by: ['gen_ai.token.type'] })],
    span: 8,
  }),
];

const LIMIT_PANELS = [
  timeSeries({
    title: 'Operations in flight',
    description: 'By model.',
    unit: 'short',
    queries: [withModel(level(UNDER_WAY, MODEL))],
    span: 8,
  }),
  timeSeries({
    title: 'Decisions of rate limits',
    description: 'By limiter and outcome.',
    unit: 'ops',
    queries: [rate(DECISIONS, { by: ['rate_limit.limiter.name', 'rate_limit.outcome'] })],
    span: 8,
    colours: OUTCOMES,
  }),
  timeSeries({
    title: 'Utilization of the limits, p95',
    description: '95 % of the decisions found a lower utilization. Above 100 % the limiter refuses requests.',
    unit: 'percentunit',
    queries: [quantile(0.95, UTILIZATION, { by: ['rate_limit.limiter.name'] })],
    span: 8,
    limits: { warning: 0.8, critical: 1 },
  }),
];

/** Use of language models: operations, speed, errors and tokens. */
export function languageModels(): Dashboard {
  return dashboard({
    uid: 'pitot-language-models',
    title: 'Language models',
    description: 'Operations by model, streaming, tokens, and the limits around them.',
    tags: [SERVICE_TAG, 'llm'],
    chosenBy: metric('pitot.series'),
    marks: { title: 'A process started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Operations', panels: OPERATION_PANELS },
      { title: 'Streamed answers', panels: STREAMS },
      { title: 'Tokens', panels: TOKEN_PANELS },
      { title: 'Limits', panels: LIMIT_PANELS },
    ],
  });
}
