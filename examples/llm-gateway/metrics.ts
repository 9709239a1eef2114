import { defineMetrics, type Observation, observe } from 'pitot';
import { ANSWER_SECONDS, type Keys } from './keys.ts';

/** The gateway's counters, and numbers from the database. Unlike counters, those are right after a restart. */
export const gateway = defineMetrics('llm_gateway', {
  request: {
    kind: 'counter',
    unit: '{request}',
    description: 'Requests with a valid key.',
    attributes: {
      model: 'string',
      format: ['chat', 'embeddings'],
      status: 'number',
      key: {
        type: 'string',
        redact: 'hash',
        description: 'A keyed hash, which tells keys apart and shows none.',
      },
    },
  },
  'build.info': {
    kind: 'gauge',
    unit: '',
    description: 'What is running.',
    attributes: { version: 'string' },
    merge: 'max',
  },
  'answer.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Durations of all answers in the database.',
    attributes: { model: 'string' },
    boundaries: ANSWER_SECONDS,
  },
  'key.stored': {
    kind: 'observableGauge',
    unit: '{key}',
    description: 'Keys, by state.',
    attributes: { state: ['active', 'revoked'] },
    merge: 'max',
  },
  'model.offered': {
    kind: 'observableGauge',
    unit: '{model}',
    description: 'Models that the gateway offers, by type.',
    attributes: { type: { type: 'string', known: ['chat', 'embeddings'] } },
    merge: 'max',
  },
  'answer.stored': {
    kind: 'observableGauge',
    unit: '{answer}',
    description: 'Answers by tenant; tenants without a name here are added up.',
    attributes: { tenant: 'string' },
    merge: 'max',
  },
});

/**
 * Reads the database in the background every `every` milliseconds, independently of collections. Returns a function that
 * stops it.
 */
export function observeDatabase(keys: Keys, every: number): () => void {
  const observations: Observation[] = [
    observe(
      gateway['key.stored'],
      () => keys.counts().map(({ state, keys }) => ({ value: keys, attributes: { state } })),
      { every, name: 'keys' },
    ),
    observe(
      gateway['model.offered'],
      () => keys.modelsByType().map(({ type, models }) => ({ value: models, attributes: { type } })),
      { every, name: 'models' },
    ),
    observe(
      gateway['answer.stored'],
      () => keys.answersByTenant().map(({ tenant, answers }) => ({ value: answers, attributes: { tenant } })),
      { every, name: 'answers' },
    ),
    observe(
      gateway['answer.duration'],
      () => keys.answerDurations().map(({ model, ...counted }) => ({ ...counted, attributes: { model } })),
      { every, name: 'durations' },
    ),
  ];
  return () => {
    for (const observation of observations) observation.stop();
  };
}
