import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Attributes } from '@opentelemetry/api';
import type { Source } from '../../../../../src/app/sources/source.ts';
import { registerStockProvider } from '../../../instruments/helpers/collected.ts';

/** Loads a driver as an application does, after its source was started. */
export const require = createRequire(import.meta.url);

/** One series of `db.client.operation.duration`, in short. */
export interface Counted {
  readonly operation: unknown;
  readonly collection?: unknown;
  readonly error?: unknown;
  readonly count: number;
}

export interface Measured {
  /** The operations since the last call of this or of {@link expect}, without their common attributes. */
  counted(): Promise<readonly Counted[]>;
  /** Asserts that this was counted since then, in any order. */
  expect(expected: readonly Counted[]): Promise<void>;
  /** The attributes that all series of operations have had in common since the start. */
  common(): Promise<Attributes>;
  /** `db.response.status_code` by `error.type`, of all failures since the start. */
  statusCodes(): Promise<Readonly<Record<string, unknown>>>;
  /** The number of operations, and of rows, that told their rows. */
  rows(): Promise<
    readonly { readonly operation: unknown; readonly count: number; readonly sum: number | undefined }[]
  >;
  /** The values of a metric of pools, by the state of connections if it has one. */
  pool(metric: string): Promise<Readonly<Record<string, number>>>;
  stop(): void;
}

const TOLD = ['db.operation.name', 'db.collection.name', 'error.type', 'db.response.status_code'];

/** Starts a source over the stock SDK, in this process. */
export function measure(source: Source): Measured {
  const collect = registerStockProvider();
  const stop = source.start({
    getMeter: () => assert.fail('databases record with the instruments of the application'),
  });
  const before = new Map<string, number>();
  const counted = async (): Promise<readonly Counted[]> => {
    const series = (await collect()).counts('db.client.operation.duration');
    return series.flatMap(([attributes, count]) => {
      const key = JSON.stringify(attributes);
      const since = count - (before.get(key) ?? 0);
      before.set(key, count);
      return since === 0 ? [] : [{ ...inShort(attributes), count: since }];
    });
  };
  return {
    stop,
    counted,
    async expect(expected) {
      assert.deepEqual(sorted(await counted()), sorted(expected));
    },
    async common() {
      const series = (await collect()).counts('db.client.operation.duration');
      const all = series.map(([attributes]) =>
        Object.fromEntries(Object.entries(attributes).filter(([name]) => !TOLD.includes(name))),
      );
      assert.ok(all[0], 'no operation was counted');
      for (const other of all) assert.deepEqual(other, all[0]);
      return all[0];
    },
    async statusCodes() {
      const series = (await collect()).counts('db.client.operation.duration');
      const failures = series.filter(([attributes]) => attributes['error.type'] !== undefined);
      return Object.fromEntries(
        failures.map(([attributes]) => [attributes['error.type'], attributes['db.response.status_code']]),
      );
    },
    async rows() {
      const series = (await collect()).histograms('db.client.response.returned_rows');
      return series.map(([attributes, { count, sum }]) => ({
        operation: attributes['db.operation.name'],
        count,
        sum,
      }));
    },
    async pool(metric) {
      const series = (await collect()).sums(`db.client.connection.${metric}`);
      return Object.fromEntries(
        series.map(([attributes, value]) => [
          [attributes['db.client.connection.pool.name'], attributes['db.client.connection.state']]
            .filter(Boolean)
            .join(' '),
          value,
        ]),
      );
    },
  };
}

function inShort(attributes: Attributes): Omit<Counted, 'count'> {
  const [operation, collection, error] = TOLD.map((name) => attributes[name]);
  return {
    operation,
    ...(collection !== undefined && { collection }),
    ...(error !== undefined && { error }),
  };
}

function sorted(counted: readonly Counted[]): readonly Counted[] {
  const key = ({ operation, collection, error }: Counted) => JSON.stringify([operation, collection, error]);
  return counted.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The type of the error that a promise rejects with, as the application sees it. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    () => assert.fail('it was not rejected'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Error);
  return ('code' in error ? error.code : undefined) ?? error.constructor.name;
}
