import { setImmediate as nextTurn } from 'node:timers/promises';
import { metrics } from '@opentelemetry/api';
import { Recorder } from '../../../../../src/app/record/recorder.ts';
import { measureHttp } from '../../../../../src/app/sources/http/native-http.ts';
import { OfficialInstrumentations } from '../../../../../src/app/sources/http/official.ts';
import type { Lifetime } from '../../../../harness/lifetime.ts';
import { until } from '../../../../harness/until.ts';
import { readerOf } from '../../../record/helpers/collect.ts';
import { countedIn } from './measured.ts';

export const SERVER = 'http.server.request.duration';
export const CLIENT = 'http.client.request.duration';

/** A recorder that is the application's provider, and that the native source records on, which knows of others. */
export function recorderOfAll(lifetime: Lifetime): Recorder {
  const recorder = new Recorder();
  const others = new OfficialInstrumentations();
  recorder.onInstrument((instrument) => others.observe(instrument));
  recorder.onSeries((instrument) => others.recorded(instrument));
  lifetime.after(measureHttp(recorder.getMeter('pitot/http'), { others }));
  metrics.setGlobalMeterProvider(recorder);
  lifetime.after(() => metrics.disable());
  return recorder;
}

/** How often a request was counted, by whose scope, once that is `total` together. A scope with empty series has a 0. */
export async function counted(
  recorder: Recorder,
  name: string,
  total: number,
): Promise<Readonly<Record<string, number>>> {
  const read = readerOf(recorder);
  const look = async () =>
    Object.fromEntries(
      (await read())
        .map(({ scope, metrics: all }) => ({ scope, counts: countedIn(all, name) }))
        .filter(({ counts }) => counts.length > 0)
        .map(({ scope, counts }): [string, number] => [
          scope.name.split('/').at(-1) ?? '',
          counts.reduce((sum, { count }) => sum + count, 0),
        ]),
    );
  let last: Readonly<Record<string, number>> = {};
  await until(
    async () => {
      last = await look();
      return Object.values(last).reduce((sum, count) => sum + count, 0) >= total || undefined;
    },
    { what: `${total} values of ${name}`, instead: () => JSON.stringify(last) },
  );
  // Whoever counts what has been counted does so by the end of the turn.
  await nextTurn();
  await nextTurn();
  return look();
}
