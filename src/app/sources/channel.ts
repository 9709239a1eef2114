import { tracingChannel } from 'node:diagnostics_channel';
import { safely } from '../../base/safely.ts';
import type { Undo } from '../patching/replace-method.ts';

/** The subscribers of a tracing channel. Each gets the message that the package publishes for an operation. */
export interface Subscribers {
  start(message: object): void;
  end(message: object): void;
  asyncStart(message: object): void;
  asyncEnd(message: object): void;
  error(message: object): void;
}

/**
 * Subscribes to a tracing channel, until the returned function is called.
 *
 * @param make makes the subscribers, when an operation first begins
 */
export function followChannel(name: string, make: () => Subscribers): Undo {
  let made: Subscribers | undefined;
  const subscribers: Subscribers = {
    start(message) {
      made ??= safely(`what listens to the channel ${name}`, make);
      made?.start(message);
    },
    end: (message) => made?.end(message),
    asyncStart: (message) => made?.asyncStart(message),
    asyncEnd: (message) => made?.asyncEnd(message),
    error: (message) => made?.error(message),
  };
  const channel = tracingChannel<unknown, object>(name);
  channel.subscribe(subscribers);
  return () => void channel.unsubscribe(subscribers);
}
