import { defineMetrics, type Observation, observe } from 'pitot';
import type { Keys } from './keys.ts';

/** Numbers that the database knows. Unlike counters, they are still right after a restart. */
const gateway = defineMetrics('llm_gateway', {
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
  ];
  return () => {
    for (const observation of observations) observation.stop();
  };
}
