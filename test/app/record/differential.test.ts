import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { Recorder } from '../../../src/app/record/recorder.ts';
import { readerOf } from './helpers/collect.ts';
import { EXPONENTIAL, program, Run, type Step } from './helpers/program.ts';
import { stockSdk } from './helpers/stock.ts';

/*
 * The recorder against the stock SDK: the same programs must give the same MetricData, times included.
 *
 * Intended differences, which the programs therefore leave out, each with its reason:
 * - NaN is ignored by every instrument, not only by histograms: one NaN would spoil a sum for ever.
 * - `undefined` as an attribute's value is as good as not given: the API's types allow it for that.
 * - Attribute values NaN and the infinities are told apart; the SDK takes all of them for null.
 * - The limit on series holds for ever and not for one collection: memory is bounded by it.
 * - A negative number from an observable counter is ignored; stock makes it a series that stands at 0.
 * - Names that differ in case only are one instrument whatever the case of the first: the SDK compares
 *   without case, but only among names of the same case.
 * - An identical instrument is one object, so that a callback added to it twice runs once.
 * - An exponential histogram keeps its fine scale when nothing but zeros was recorded between two
 *   collections; stock merges them as if they were in bucket 0, and falls to a coarser scale forever.
 * - A set of attributes that an observable no longer reports is not exported any more (SDK specification,
 *   "Observations inside asynchronous callbacks"); stock keeps it for ever. Programs here report the same
 *   sets each time; test/app/record/observables.test.ts shows the difference.
 */

/** Everything that a reader of MetricData can tell, in an order of our own. */
function normal(scopes: readonly ScopeMetrics[]): unknown {
  return scopes
    .flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({
        scope: { name: scope.name, version: scope.version ?? '', schemaUrl: scope.schemaUrl },
        ...plain(metric),
      })),
    )
    .sort(byText);
}

function plain(metric: MetricData) {
  const { name, description, unit, valueType } = metric.descriptor;
  return {
    descriptor: { name, description, unit, valueType },
    dataPointType: metric.dataPointType,
    aggregationTemporality: metric.aggregationTemporality,
    isMonotonic: 'isMonotonic' in metric ? metric.isMonotonic : undefined,
    points: metric.dataPoints
      .map(({ attributes, startTime, endTime, value }) => ({
        attributes: Object.entries(attributes).sort(),
        startTime,
        endTime,
        value: typeof value === 'number' ? value : { ...value, min: value.min, max: value.max },
      }))
      .sort(byText),
  };
}

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

test('the recorder and the stock SDK give the same MetricData for the same random programs', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  await fc.assert(
    fc.asyncProperty(program, async (steps: Step[]) => {
      const recorder = new Recorder();
      recorder.configure({ exponential: [EXPONENTIAL] });
      const read = readerOf(recorder);
      const { provider, read: readStock } = stockSdk(EXPONENTIAL);
      const stock = new Run(provider);
      const ours = new Run(recorder);
      for (const step of [...steps, { do: 'collect' } as const]) {
        if (step.do === 'wait') t.mock.timers.tick(step.milliseconds);
        else if (step.do === 'collect') {
          assert.deepEqual(normal(await read()), normal(await readStock()));
        } else {
          stock.perform(step);
          ours.perform(step);
        }
      }
    }),
    { numRuns: 400 },
  );
});
