import { describeMetrics } from './contract.ts';
import type { MetricDeclarations } from './declaration.ts';

/** The recorder's metrics about recordings. */
export const RECORDING_METRICS = {
  'pitot.contract.violations': {
    kind: 'counter',
    unit: '{series}',
    integer: true,
    description:
      'Series with an attribute, or with a value of one, that the contract of their metric does not declare.',
    attributes: {
      'pitot.instrument.name': 'string',
      'pitot.attribute.name': { type: 'string', description: 'The attribute that is not as declared.' },
    },
  },
} as const satisfies MetricDeclarations;

export const RECORDING_CONTRACT = describeMetrics('', RECORDING_METRICS, {
  title: 'Recording',
  introduction: 'By `defineMetrics()`, of metrics that are recorded otherwise than declared.',
});
