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
/** Some providers' answers do not say which model was asked. */
function withModel(query: Query): Query {
  return orNamed('(unknown)', 'gen_ai.request.model', OPERATIONS, query);
}

const FAILED = { 'error.type': PRESENT };
const OUTPUT = { 'gen_ai.token.type': 'output' };
const INPUT = { 'gen_ai.token.type': 'input' };

const SUMMARY = [
  stat({
    title: 'Operations',
    description: 'Questions to models that ended, each second.',
    unit: 'ops',
    query: rate(OPERATIONS),
  }),
  stat({
    title: 'Failed operations',
    description: 'Share of the operations that ended with an error.',
    unit: 'percentunit',
    query: share(OPERATIONS, { where: FAILED }),
    limits: { warning: 0.02, critical: 0.1 },
  }),
  stat({
    title: 'First words, p95',
    description: '95 % of the streamed answers begin sooner. It is what people wait for.',
    unit: 's',
    query: quantile(0.95, FIRST_CHUNK),
    limits: { warning: 2, critical: 5 },
  }),
  stat({
    title: 'Tokens',
    description: 'Tokens in and out, each second: what costs.',
    unit: 'cps',
    query: rateOfSum(TOKENS),
  }),
  stat({
    title: 'Under way',
    description: 'Operations that have begun and not ended.',
    unit: 'short',
    query: level(UNDER_WAY),
  }),
  stat({
    title: 'Refused by rate limits',
    description: "Share of the decisions of the service's own limits that refused.",
    unit: 'percentunit',
    query: share(DECISIONS, { where: { 'rate_limit.outcome': 'limited' } }),
    limits: { warning: 0.1, critical: 0.5 },
  }),
];

const OPERATION_PANELS = [
  timeSeries({
    title: 'Operations by model',
    description: 'By the model that was asked for.',
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
    description: '95 % of the operations take less, to the last word. Points are operations with a trace.',
    unit: 's',
    queries: [withModel(quantile(0.95, OPERATIONS, MODEL))],
    span: 8,
    exemplars: true,
  }),
  table({
    title: 'Models, now',
    description:
      'Each model as it is used now, the most used first. Tokens are those of one operation, on average.',
    row: { label: 'gen_ai_request_model', title: 'Model' },
    columns: [
      { title: 'Operations', unit: 'ops', query: withModel(rate(OPERATIONS, MODEL)) },
      {
        title: 'Failed',
        unit: 'percentunit',
        query: withModel(share(OPERATIONS, { ...MODEL, where: FAILED })),
      },
      { title: 'p95', unit: 's', query: withModel(quantile(0.95, OPERATIONS, MODEL)) },
      { title: 'First words, p95', unit: 's', query: withModel(quantile(0.95, FIRST_CHUNK, MODEL)) },
      { title: 'Tokens in', unit: 'short', query: withModel(mean(TOKENS, { ...MODEL, where: INPUT })) },
      { title: 'Tokens out', unit: 'short', query: withModel(mean(TOKENS, { ...MODEL, where: OUTPUT })) },
    ],
    span: 12,
  }),
  heatmap({
    title: 'Durations',
    description: 'How many operations took how long.',
    unit: 's',
    query: buckets(OPERATIONS),
    span: 12,
  }),
];

const STREAMS = [
  timeSeries({
    title: 'Time to the first words',
    description: 'From the question to the first chunk of a streamed answer.',
    unit: 's',
    queries: quantiles(FIRST_CHUNK),
    span: 8,
    exemplars: true,
  }),
  timeSeries({
    title: 'Time from chunk to chunk, p95',
    description: '95 % of the chunks come sooner after the one before. A climb: answers stutter.',
    unit: 's',
    queries: [withModel(quantile(0.95, NEXT_CHUNK, MODEL))],
    span: 8,
  }),
  timeSeries({
    title: 'Why answers ended',
    description: "In the provider's words. Many of `length`: answers are cut off.",
    unit: 'ops',
    queries: [rate(RESPONSES, { by: ['llm.finish_reason'] })],
    span: 8,
    stacked: true,
  }),
];

const TOKEN_PANELS = [
  timeSeries({
    title: 'Tokens by type',
    description: 'Tokens that went in and came out, each second.',
    unit: 'cps',
    queries: [rateOfSum(TOKENS, { by: ['gen_ai.token.type'] })],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Tokens by model',
    description: 'Which model the tokens, and so the money, go to.',
    unit: 'cps',
    queries: [withModel(rateOfSum(TOKENS, MODEL))],
    span: 8,
    stacked: true,
  }),
  timeSeries({
    title: 'Tokens of an operation',
    description: 'On average, by type. Questions that become ever longer are a history that is never cut.',
    unit: 'short',
    queries: [mean(TOKENS, { by: ['gen_ai.token.type'] })],
    span: 8,
  }),
];

const LIMIT_PANELS = [
  timeSeries({
    title: 'Operations under way',
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
    title: 'Use of the limits, p95',
    description: '95 % of the decisions found less of the limit used. Above 100 % requests are refused.',
    unit: 'percentunit',
    queries: [quantile(0.95, UTILIZATION, { by: ['rate_limit.limiter.name'] })],
    span: 8,
    limits: { warning: 0.8, critical: 1 },
  }),
];

/** What models are asked, how fast and how well they answer, and what it takes. */
export function languageModels(): Dashboard {
  return dashboard({
    uid: 'pitot-language-models',
    title: 'Language models',
    description: 'Operations by model, streaming, tokens, and the limits around them.',
    tags: [SERVICE_TAG, 'llm'],
    chosenBy: metric('pitot.series'),
    marks: { title: 'A process was started', ...resets(metric('process.uptime')) },
    summary: SUMMARY,
    rows: [
      { title: 'Operations', panels: OPERATION_PANELS },
      { title: 'Streamed answers', panels: STREAMS },
      { title: 'Tokens', panels: TOKEN_PANELS },
      { title: 'Limits', panels: LIMIT_PANELS },
    ],
  });
}
