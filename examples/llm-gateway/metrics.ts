import { defineMetrics, type Observation, observe } from 'pitot';
import type { Keys } from './keys.ts';

/** What the database knows better than a counter would: it is right after a restart as well. */
const gateway = defineMetrics('llm_gateway', {
  'key.stored': {
    kind: 'observableGauge',
    unit: '{key}',
    description: 'Keys, by whether they may be used.',
    attributes: { state: ['active', 'revoked'] },
    merge: 'max',
  },
  'model.offered': {
    kind: 'observableGauge',
    unit: '{model}',
    description: 'Models that can be asked for, by type.',
    attributes: { type: { type: 'string', known: ['chat', 'embeddings'] } },
    merge: 'max',
  },
  'answer.stored': {
    kind: 'observableGauge',
    unit: '{answer}',
    description: 'Answers that tenants have had; those that have no name here are counted together.',
    attributes: { tenant: 'string' },
    merge: 'max',
  },
});

/**
 * Asks the database in the background, each `every` milliseconds, and never while metrics are read. Returns
 * what ends that.
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
