import { INSTRUMENTS_SCOPE } from '../../base/pitot-scope.ts';
import { defineMetrics } from '../define/define.ts';

const CALLED = {
  'gen_ai.operation.name': {
    type: 'string',
    known: ['chat', 'embeddings', 'generate_content', 'text_completion'],
    description: 'The kind of operation.',
  },
  'gen_ai.provider.name': {
    type: 'string',
    known: ['anthropic', 'aws.bedrock', 'azure.ai.openai', 'gcp.gemini', 'mistral_ai', 'openai'],
    description: 'The provider, as far as it is known.',
  },
  'gen_ai.request.model': { type: 'string', optional: true, description: 'The model that was asked for.' },
} as const;

const ANSWERED = {
  ...CALLED,
  'gen_ai.response.model': { type: 'string', optional: true, description: 'The model that answered.' },
  'server.address': { type: 'string', optional: true, description: "The host of the provider's API." },
  'server.port': { type: 'number', optional: true },
} as const;

/** Those that the conventions want for everything in seconds. */
const BOUNDARIES = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

export const genAiMetrics = defineMetrics(
  'gen_ai.client',
  {
    'operation.duration': {
      kind: 'histogram',
      unit: 's',
      description: 'GenAI operation duration.',
      attributes: {
        ...ANSWERED,
        'error.type': { type: 'string', optional: true, description: 'Of a failure: its code or class.' },
      },
      boundaries: BOUNDARIES,
    },
    'token.usage': {
      kind: 'histogram',
      unit: '{token}',
      description: 'Number of input and output tokens used.',
      attributes: { ...ANSWERED, 'gen_ai.token.type': ['input', 'output'] },
      boundaries: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    },
    'operation.time_to_first_chunk': {
      kind: 'histogram',
      unit: 's',
      description: 'Time from when a streaming request is issued to when its first chunk is received.',
      attributes: ANSWERED,
      boundaries: BOUNDARIES,
    },
    'operation.time_per_output_chunk': {
      kind: 'histogram',
      unit: 's',
      description: 'Time from one chunk of a stream to the next.',
      attributes: ANSWERED,
      boundaries: BOUNDARIES,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Language models',
    introduction: 'By `llm` of `pitot/instruments`.',
  },
);

/** Metrics that the conventions lack. */
export const llmMetrics = defineMetrics(
  'llm',
  {
    responses: {
      kind: 'counter',
      unit: '{response}',
      description: 'Number of responses of models, by the reason why they ended.',
      attributes: {
        ...CALLED,
        'llm.finish_reason': {
          type: 'string',
          known: ['stop', 'length', 'tool_calls', 'content_filter', 'completed', 'end_turn', 'max_tokens'],
          description: "Why it ended, in the provider's words.",
        },
      },
    },
    'operation.active': {
      kind: 'upDownCounter',
      unit: '{operation}',
      description: 'Number of operations of models that are under way.',
      attributes: CALLED,
    },
  },
  {
    scope: INSTRUMENTS_SCOPE,
    title: 'Language models: responses and operations under way',
    introduction: 'By `llm` of `pitot/instruments`.',
  },
);
