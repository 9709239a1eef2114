import { createRequire } from 'node:module';
import promClient from 'prom-client';

/** As prom-client as far as these tests go, but for the names of its types. */
const prometheusIo: typeof promClient = createRequire(import.meta.url)('@prometheus-io/client');

/** The two libraries that are bridged. */
export const LIBRARIES: readonly { readonly library: string; readonly client: typeof promClient }[] = [
  { library: 'prom-client', client: promClient },
  { library: '@prometheus-io/client', client: prometheusIo },
];
