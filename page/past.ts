import { useEffect, useState } from 'preact/hooks';
import type { PastRows } from '../src/hub/page/wire.ts';

interface PastQuery {
  /** The selected process, or ''. */
  readonly process: string;
  readonly section: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** The operations of that time, if they are wanted; those of the time before until the answer is there. */
export function usePast(isWanted: boolean, query: PastQuery): PastRows | undefined {
  const [rows, setRows] = useState<PastRows | undefined>(undefined);
  const { process, ...rest } = query;
  const given = { ...rest, ...(process !== '' && { process }) };
  const address = `page/operations?${new URLSearchParams(Object.entries(given).map(([key, value]) => [key, String(value)]))}`;
  useEffect(() => {
    if (!isWanted) return undefined;
    const stop = new AbortController();
    get(address, stop.signal).then(setRows, () => {
      // The next sample asks again.
    });
    return () => stop.abort();
  }, [isWanted, address]);
  return rows;
}

async function get(address: string, signal: AbortSignal): Promise<PastRows> {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}
