import type { BoundAdder, BoundRecorder } from '../record/api.ts';

interface Bindable<Attributes, Bound> {
  bind(attributes: Attributes): Bound;
}

/**
 * Binds an instrument at its first use, and again whenever another meter provider is registered. The returned
 * function gives the bound form of the instrument of now.
 *
 * @param current gives the instrument of the provider that is registered now
 */
export function lazyBind<Attributes, Bound extends BoundAdder | BoundRecorder>(
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
