import { choice, milliseconds } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** How pitot behaves in the application's process. */
export const BEHAVIOUR = {
  observeTimeout: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_OBSERVE_TIMEOUT'],
    parser: milliseconds(1),
    default: 250,
    meaning: 'Longest wait of a collection for observable callbacks on the application thread.',
  }),
  signals: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_SIGNALS'],
    parser: choice(['flush', 'leave']),
    default: 'flush',
    meaning:
      'Whether pitot forwards the last values when SIGTERM, SIGINT, SIGHUP, SIGQUIT or SIGUSR2 ends a process that does not listen for it (`flush`; a process whose event loop is blocked then ends when the loop is free again), or leaves the signals alone (`leave`; the last values are lost).',
  }),
} as const;
