import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Attributes } from '@opentelemetry/api';
import type { Source } from '../../../../../src/app/sources/source.ts';
import { registerStockProvider } from '../../../instruments/helpers/collected.ts';

/** Loads a client as an application does, after its source was started. */
export const require = createRequire(import.meta.url);

/** A metric without `messaging.`, what the client did, and where: `process.duration consume mail`. */
export type Counts = Readonly<Record<string, number>>;

export interface Measured {
  /** The operations since the last call of this or of {@link expect}. */
  counted(): Promise<Counts>;
  /** Asserts that this was counted since then. */
  expect(expected: Counts): Promise<void>;
  /** The attributes that all series have had in common since the start. */
  common(): Promise<Attributes>;
  /** The values of an attribute since the start. */
  values(attribute: string): Promise<readonly unknown[]>;
  stop(): void;
}

const COUNTERS = ['client.sent.messages', 'client.consumed.messages'];
const HISTOGRAMS = ['client.operation.duration', 'process.duration'];
const TOLD = [
  'messaging.operation.name',
  'messaging.destination.name',
  'messaging.destination.template',
  'error.type',
];

/** Starts a source over the stock SDK, in this process. */
export function measure(source: Source): Measured {
  const collect = registerStockProvider();
  const stop = source.start({
    getMeter: () => assert.fail('messaging clients record with the instruments of the application'),
  });
  const before = new Map<string, number>();
  const all = async (): Promise<readonly (readonly [metric: string, Attributes, number])[]> => {
    const collected = await collect();
    return [
      ...COUNTERS.flatMap((name) =>
        collected.sums(`messaging.${name}`).map((one) => [name, ...one] as const),
      ),
      ...HISTOGRAMS.flatMap((name) =>
        collected.counts(`messaging.${name}`).map((one) => [name, ...one] as const),
      ),
    ];
  };
  const counted = async () => {
    const counts: Record<string, number> = {};
    for (const [name, attributes, count] of await all()) {
      const key = [name, ...TOLD.flatMap((told) => attributes[told] ?? [])].join(' ');
      const since = count - (before.get(key) ?? 0);
      before.set(key, count);
      if (since !== 0) counts[key] = since;
    }
    return counts;
  };
  return {
    stop,
    counted,
    async expect(expected) {
      assert.deepEqual(await counted(), expected);
    },
    async common() {
      const [first = {}, ...others] = (await all()).map(([, attributes]) => attributes);
      const isCommon = ([name, value]: [string, unknown]) =>
        others.every((attributes) => attributes[name] === value);
      return Object.fromEntries(Object.entries(first).filter(isCommon));
    },
    async values(attribute) {
      const values = (await all()).flatMap(([, attributes]) => attributes[attribute] ?? []);
      return [...new Set(values)];
    },
  };
}
