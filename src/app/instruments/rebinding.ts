import type { BoundAdder, BoundRecorder } from '../record/sync-instruments.ts';

interface Bindable<Attributes, Bound> {
  bind(attributes: Attributes): Bound;
}

/**
 * A bound instrument for as long as the process lives: it is bound when it is first used, and again when
 * there is another meter provider. Returns what gives it.
 *
 * @param current gives the instrument of the provider that is registered now
 */
export function rebinding<Attributes, Bound extends BoundAdder | BoundRecorder>(
  current: () => Bindable<Attributes, Bound>,
  attributes: Attributes,
): () => Bound {
  let instrument: Bindable<Attributes, Bound> | undefined;
  let bound: Bound | undefined;
  return () => {
    const now = current();
    if (bound === undefined || instrument !== now) {
      instrument = now;
      bound = now.bind(attributes);
    }
    return bound;
  };
}
