import { choice, milliseconds } from '../parsers/parser.ts';
import { setting } from '../parsers/setting.ts';

/** How pitot behaves in the application's process. */
export const BEHAVIOUR = {
  observeTimeout: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_OBSERVE_TIMEOUT'],
    parser: milliseconds(1),
    default: 250,
    meaning: "How long a collection waits for observable callbacks on the application's thread.",
  }),
  signals: setting({
    group: 'Behaviour in the process',
    variables: ['PITOT_SIGNALS'],
    parser: choice(['flush', 'leave']),
    default: 'flush',
    meaning:
      'What happens on SIGTERM, SIGINT, SIGHUP, SIGQUIT or SIGUSR2 in a process without a listener of its own. `flush`: pitot forwards the last values, then the signal ends the process; a blocked event loop delays that. `leave`: the signal ends the process at once, and the last values are lost.',
  }),
} as const;
