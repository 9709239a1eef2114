import { describeMetrics } from '../../contract/contract.ts';
import type { MetricDeclaration } from '../../contract/declaration.ts';

/** The endpoint's metrics about the processes behind it, by name. */
export const PROCESSES_METRICS = {
  'pitot.processes': {
    kind: 'observableGauge',
    unit: '{process}',
    integer: true,
    description: 'Processes of the service by how fresh their numbers are.',
    attributes: {
      'pitot.process.state': {
        values: ['live', 'stale', 'ended'],
        description:
          '`live`; `stale`: it did not answer in time, and pitot serves its last numbers; `ended`: pitot keeps its totals.',
      },
    },
  },
  'pitot.process.info': {
    kind: 'observableGauge',
    unit: '',
    integer: true,
    description:
      'The processes of the service, each with the resource attributes in which it differs from others.',
    attributes: {
      'service.instance.id': { type: 'string', optional: true },
      'process.pid': { type: 'number', optional: true },
    },
  },
} as const satisfies Readonly<Record<string, MetricDeclaration>>;

export const PROCESSES_CONTRACT = describeMetrics('', PROCESSES_METRICS, {
  title: 'The processes of the service',
  introduction:
    'Where processes are merged (`PITOT_PROCESSES=merge`), from the one that serves the endpoint.',
});
