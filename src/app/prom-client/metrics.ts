import { describeMetrics } from '../../contract/contract.ts';

const NAMESPACE = 'pitot.bridge';

/** Always registered, so that the hub runs our callback on every collection. */
export const LOOK_DURATION = {
  kind: 'observableGauge',
  unit: 's',
  description: "How long the last look at the bridged registries kept the application's thread.",
} as const;

export const LOOK_DURATION_NAME = `${NAMESPACE}.look.duration`;

export const BRIDGE_CONTRACT = describeMetrics(
  NAMESPACE,
  { 'look.duration': LOOK_DURATION },
  { title: 'Bridges', introduction: 'By `bridgePromClient()`, besides the metrics that are bridged.' },
);
