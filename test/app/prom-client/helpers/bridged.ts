import type { TestContext } from 'node:test';
import type { Registry } from 'prom-client';
import { type BridgeOptions, bridgePromClient } from '../../../../src/app/prom-client/prom-client.ts';
import { LIBRARIES } from './libraries.ts';

/** The library of tests to which it is all one. */
export const { client } = LIBRARIES[0]!;

/** A registry that is bridged while the test runs. */
export function bridgedRegistry(t: TestContext, options: BridgeOptions = {}): Registry {
  const registry = new client.Registry();
  const bridge = bridgePromClient(registry, options);
  t.after(() => bridge.stop());
  return registry;
}
