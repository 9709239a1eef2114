import { describeMetrics } from '../../../contract/contract.ts';

const NAMESPACE = 'pitot.prom_client';

/** Always registered, so that the hub runs our callback on every collection. */
export const COLLECT_DURATION = {
  kind: 'observableGauge',
  unit: 's',
  description: "How long the last run of all collect() functions kept the application's thread.",
} as const;

export const COLLECT_DURATION_NAME = `${NAMESPACE}.collect.duration`;

export const PROM_CLIENT_CONTRACT = describeMetrics(
  NAMESPACE,
  { 'collect.duration': COLLECT_DURATION },
  {
    title: "prom-client's API",
    introduction: 'By `pitot/prom-client`, besides the metrics of the application.',
  },
);
