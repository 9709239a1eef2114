import { choice, milliseconds } from '../parsers/kinds.ts';
import { setting } from '../parsers/setting.ts';

/** How pitot behaves in the application's process. */
export const BEHAVIOUR = {
  observeTimeout: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_OBSERVE_TIMEOUT'],
    kind: milliseconds(1),
    default: 250,
    meaning: 'Longest wait of a collection for observable callbacks on the application thread.',
  }),
  signals: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_SIGNALS'],
    kind: choice(['flush', 'leave']),
    default: 'flush',
    meaning:
      'Whether SIGTERM and SIGINT, where the application has no listener of its own, forward the last values before they end the process (`flush`; one whose event loop is blocked then ends only when the loop is free again) or are not touched (`leave`; the last values are lost).',
  }),
} as const;
