import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MeterProvider, type MetricOptions, metrics } from '@opentelemetry/api';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { nativeHttp } from '../../src/app/sources/http/native-http.ts';
import type { Contract } from '../../src/contract/contract.ts';
import { HTTP_CONTRACT } from '../../src/contract/http.ts';
import { RUNTIME_NODE_CONTRACT } from '../../src/contract/runtime-node.ts';
import { DEFAULT_NAMING } from '../../src/naming/naming.ts';
import { faultsOf } from '../../src/reference/faults.ts';
import { OWN_CONTRACTS } from '../../src/reference/own.ts';

/** The metrics that the instrumentation creates, in the form of a contract. */
function created(start: (provider: MeterProvider) => void): unknown[] {
  const made: unknown[] = [];
  const meter = new Proxy(metrics.getMeter('nothing'), {
    get(target, method: string) {
      if (!method.startsWith('create')) return Reflect.get(target, method);
      return (name: string, { unit, description, advice }: MetricOptions) => {
        const kind = method.slice('create'.length);
        made.push([
          name,
          `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`,
          unit,
          description,
          advice?.explicitBucketBoundaries,
        ]);
        return { addCallback() {} };
      };
    },
  });
  start({ getMeter: () => meter });
  return made.sort();
}

function declared({ metrics }: Contract): unknown[] {
  return metrics
    .map(({ name, kind, unit, description, boundaries }) => [name, kind, unit, description, boundaries])
    .sort();
}

test('the contract of HTTP declares the instruments of the native source', () => {
  const made = created((provider) => nativeHttp({}).start(provider)());
  assert.deepEqual(declared(HTTP_CONTRACT), made);
});

test('the contract of HTTP declares the instruments of the official instrumentation', () => {
  const made = created((provider) => new HttpInstrumentation({ enabled: false }).setMeterProvider(provider));
  const durations = declared(HTTP_CONTRACT).filter((metric) => /request\.duration/.test(String(metric)));
  assert.deepEqual(durations, made);
});

test('the contract of the runtime declares the instruments of the official instrumentation', () => {
  const made = created((provider) =>
    new RuntimeNodeInstrumentation({ enabled: false }).setMeterProvider(provider),
  );
  // The conventions have up-down counters for all sizes of the heap, the instrumentation for one.
  const corrected = (made as [name: string, kind: string, ...unknown[]][]).map(([name, kind, ...rest]) => [
    name,
    name.startsWith('v8js.memory.heap.') ? 'observableUpDownCounter' : kind,
    ...rest,
  ]);
  assert.deepEqual(declared(RUNTIME_NODE_CONTRACT), corrected);
});

test("pitot's own contracts have no fault together", () => {
  assert.deepEqual(faultsOf(OWN_CONTRACTS, DEFAULT_NAMING), []);
});
