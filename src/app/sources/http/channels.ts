import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { reportFailure } from '../failure.ts';

type Listener = (message: unknown) => void;

/**
 * Listens to channels by their names. An error of a listener would end the process of the application, so it is
 * caught, and the first one of each channel is reported.
 *
 * @returns ends listening
 */
export function listenTo(listeners: Readonly<Record<string, Listener>>): () => void {
  const guarded = Object.entries(listeners).map(([channel, listener]): [string, Listener] => {
    let hasFailed = false;
    const guard: Listener = (message) => {
      try {
        listener(message);
      } catch (error) {
        if (!hasFailed) reportFailure('http', error);
        hasFailed = true;
      }
    };
    return [channel, guard];
  });
  for (const [channel, listener] of guarded) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of guarded) unsubscribe(channel, listener);
  };
}
