import { safely } from '../../base/safely.ts';

/** Values that pitot reads until the application stops it: by `stop()`, or at the end of a block with `using`. */
export interface Observation extends Disposable {
  /** Ends the readings and removes their values. Further calls do nothing. */
  stop(): void;
}

export function observation(end: () => void): Observation {
  const stop = () => {
    safely('the end of an observation', end);
  };
  return { stop, [Symbol.dispose]: stop };
}

/** Stands in for an observation that could not begin. */
export const NO_OBSERVATION: Observation = observation(() => {});
