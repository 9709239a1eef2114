import { safely, warnOnce } from '../../base/safely.ts';

/** Something that is in one of several states. */
export interface Status<State extends string> {
  /** The thing is in this state now, and in none of the others. */
  set(state: State): void;
}

/**
 * A status as a set of states: a series for each state there is, 1 for the one it is in and 0 for the
 * others, so that each can be asked for and none is missing. (OpenMetrics, "StateSet")
 *
 * @param record sets the series of one state
 */
export function stateSet<State extends string>(
  what: string,
  states: readonly State[],
  record: (value: number, state: State) => void,
): Status<State> {
  return {
    set(state) {
      safely(what, () => {
        if (!states.includes(state)) {
          warnOnce(`${what} ${state}`, `${what} knows no state ${String(state)}, and stays as it was.`);
          return;
        }
        for (const each of states) record(each === state ? 1 : 0, each);
      });
    },
  };
}
