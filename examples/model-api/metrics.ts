import { defineMetrics } from 'pitot';

/** The API's own metrics, besides those of pitot and its instruments. */
export const model = defineMetrics('model', {
  'inference.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Time that a model takes for one input, without the wait in the queue.',
    attributes: { model: 'string' },
    boundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  },
  'load.duration': {
    kind: 'histogram',
    unit: 's',
    description: 'Duration of loading a model, by outcome.',
    attributes: { model: 'string', outcome: ['success', 'failure'] },
    boundaries: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
  },
  loaded: {
    kind: 'observableGauge',
    unit: '{model}',
    description: 'Models in memory.',
    merge: 'max',
  },
});
