import { type Alias, aliases } from 'pitot/instruments';
import type { Tenant } from './keys.ts';

/** Metrics name the tenants who agreed to it, and show only the sum of the others. */
const named = aliases((name) => name);

export function aliasOf({ name, isNamed }: Tenant): Alias | undefined {
  return isNamed ? named(name) : undefined;
}
