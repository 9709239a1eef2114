import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { format } from '../src/hub/page/format.ts';
import type { StallEntry } from '../src/hub/page/wire.ts';
import type { Histories } from './histories.ts';
import { axisOf, clockOf, useRange } from './range.tsx';

const StallsContext = createContext<readonly StallEntry[]>([]);
export const StallsProvider = StallsContext.Provider;

/** The last stalls, which all charts mark. */
export function useStalls(): readonly StallEntry[] {
  return useContext(StallsContext);
}

/** The stalls of the time that the charts show. */
export function useStallsInSight(times: Histories['times']): readonly StallEntry[] {
  const { range } = useRange();
  const [begin, end] = axisOf(range, times);
  return useStalls().filter(({ time, seconds }) => time / 1000 <= end && time / 1000 + seconds >= begin);
}

/** The id of a stall's row, and its address' fragment. */
export function idOf({ pid, time }: StallEntry): string {
  return `stall-${pid}-${time}`;
}

/** Says what the marked times in the charts are, and leads to them. */
export function StallsInSight({ times }: Pick<Histories, 'times'>) {
  const stalls = useStallsInSight(times);
  if (stalls.length === 0) return null;
  return (
    <p class="in-sight">
      <i class="swatch stall" />
      <span>Stalls in this time:</span>
      {stalls.map((stall) => (
        <a key={idOf(stall)} href={`#${idOf(stall)}`}>
          {clockOf(stall.time / 1000)}, {format(stall.seconds, 's')}
          {stall.stack[0] !== undefined && ` in ${stall.stack[0].split(' (')[0]}`}
        </a>
      ))}
    </p>
  );
}
