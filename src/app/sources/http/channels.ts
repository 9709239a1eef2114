import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { reportFailure } from '../failure.ts';

type Listener = (message: unknown) => void;
type Listeners = Readonly<Record<string, Listener>>;

/**
 * Listens to channels by their names. An error of a listener would end the process of the application, so it is
 * caught, and the first one of each channel is reported.
 *
 * @returns ends listening
 */
export function listenTo(listeners: Listeners): () => void {
  const guarded = Object.entries(listeners).map(([channel, listener]): [string, Listener] => {
    const report = firstFailure();
    const guard: Listener = (message) => {
      try {
        listener(message);
      } catch (error) {
        report(error);
      }
    };
    return [channel, guard];
  });
  return listenGuarded(Object.fromEntries(guarded));
}

/** Like {@link listenTo}, for listeners of each request, which catch their errors themselves. */
export function listenGuarded(listeners: Listeners): () => void {
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  };
}

/** Reports the first failure of a listener. */
export function firstFailure(): (error: unknown) => void {
  let hasFailed = false;
  return (error) => {
    if (!hasFailed) reportFailure('http', error);
    hasFailed = true;
  };
}
