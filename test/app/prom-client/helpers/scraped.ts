import { emptyResource } from '@opentelemetry/resources';
import type { ScopeMetrics } from '@opentelemetry/sdk-metrics';
import type { Registry } from 'prom-client';
import { recorder } from '../../../../src/app/record/global.ts';
import { type Exposition, parseExposition } from '../../../harness/exposition.ts';
import { seriesKey } from '../../../harness/samples.ts';
import { bodyOf } from '../../../hub/expose/helpers/translated.ts';
import { readerOf } from '../../record/helpers/collect.ts';

const read = readerOf(recorder);

/** The bridge's values in the recorder, as the hub reads them. */
export async function collected(): Promise<ScopeMetrics[]> {
  return (await read()).filter(({ scope }) => scope.name === 'prom-client');
}

/** The same as it is scraped. */
export async function scraped(): Promise<Exposition> {
  const scopeMetrics = await collected();
  return parseExposition(bodyOf({ resource: emptyResource(), scopeMetrics }, false));
}

/** The library's own exposition, without values that are not a number, which it misspells. */
export async function served(registry: Registry): Promise<Exposition> {
  return parseExposition((await registry.metrics()).replace(/^.* Nan\n/gm, ''));
}

export interface Comparable {
  /** By series, the value; only series of families that have a sample at all. */
  readonly samples: Readonly<Record<string, number>>;
  readonly families: Readonly<Record<string, { readonly type: string; readonly help: string | undefined }>>;
}

/**
 * The comparable part of an exposition. These differences from the library's own are intended:
 *
 * - A family without samples is not there, and neither is a gauge that is not a number.
 * - A counter whose name does not end in `_total` gets that ending, as OpenTelemetry and OpenMetrics want it.
 * - A summary is a gauge for its quantiles, and one each for its sum and its count.
 */
export function comparable({ families }: Exposition): Comparable {
  const all: Record<string, number> = {};
  const described: Record<string, { type: string; help: string | undefined }> = {};
  for (const { name, type, help, samples } of families.values()) {
    if (samples.length === 0) continue;
    const isBare = type === 'counter' && !name.endsWith('_total');
    const suffix = isBare ? '_total' : '';
    for (const sample of samples) all[seriesKey(`${sample.name}${suffix}`, sample.labels)] = sample.value;
    described[`${name}${suffix}`] = { type: type === 'summary' ? 'gauge' : type, help };
    if (type !== 'summary') continue;
    for (const part of ['sum', 'count']) {
      described[`${name}_${part}`] = { type: 'gauge', help: `The ${part} of ${name}: ${help}` };
    }
  }
  return { samples: all, families: described };
}
