import assert from 'node:assert/strict';
import type { Attributes } from '@opentelemetry/api';
import type { Source } from '../../../../../src/app/sources/source.ts';
import { until } from '../../../../harness/until.ts';
import { registerStockProvider } from '../../../instruments/helpers/collected.ts';

/** How many calls of one kind were counted, in short: `method`, then its status, then `!error` if it differs. */
export type Counts = Readonly<Record<string, number>>;

export interface MeasuredCalls {
  /** The calls that the side has counted since the last time. */
  counted(side: 'client' | 'server'): Promise<Counts>;
  /** The same, once the side has counted so many calls: a server notices later that a client has gone. */
  countedOf(side: 'client' | 'server', calls: number): Promise<Counts>;
  /** All series of the side, since the start. */
  series(side: 'client' | 'server'): Promise<readonly Attributes[]>;
  stop(): void;
}

/** Starts a source over the stock SDK, in this process. */
export function measureCalls(source: Source): MeasuredCalls {
  const collect = registerStockProvider();
  const stop = source.start({
    getMeter: () => assert.fail('calls are recorded with the instruments of the application'),
  });
  const before = new Map<string, number>();
  const counted = async (side: string): Promise<Counts> => {
    const counts: Record<string, number> = {};
    for (const [attributes, count] of (await collect()).counts(`rpc.${side}.call.duration`)) {
      const key = `${side} ${JSON.stringify(attributes)}`;
      const since = count - (before.get(key) ?? 0);
      before.set(key, count);
      if (since > 0) counts[inShort(attributes)] = (counts[inShort(attributes)] ?? 0) + since;
    }
    return counts;
  };
  return {
    stop,
    counted,
    async countedOf(side, calls) {
      const counts: Record<string, number> = {};
      const sum = () => Object.values(counts).reduce((a, b) => a + b, 0);
      await until(
        async () => {
          for (const [key, count] of Object.entries(await counted(side)))
            counts[key] = (counts[key] ?? 0) + count;
          return sum() >= calls ? true : undefined;
        },
        { what: `${calls} calls of the ${side}`, instead: () => JSON.stringify(counts) },
      );
      return counts;
    },
    async series(side) {
      return (await collect()).counts(`rpc.${side}.call.duration`).map(([attributes]) => attributes);
    },
  };
}

function inShort(attributes: Attributes): string {
  const { 'rpc.method': method, 'rpc.status_code': status, 'error.type': error } = attributes;
  return [method, status, error === undefined ? undefined : error === status ? '!' : `!${error}`]
    .filter((part) => part !== undefined)
    .join(' ');
}
