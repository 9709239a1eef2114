/** The scope of all instruments that stand for metrics of prom-client; the bridge has the same. */
export const SCOPE = 'prom-client';
