import { type Alias, aliases } from 'pitot/instruments';
import type { Tenant } from './keys.ts';

/** Those who agreed to be named are; of the others nothing but the sum is shown. */
const named = aliases((name) => name);

export function aliasOf({ name, isNamed }: Tenant): Alias | undefined {
  return isNamed ? named(name) : undefined;
}
