import { cpuOf, measureHttp, prepareHttp, rateOf } from '../http-run.ts';
import { type Dimension, OPENTELEMETRY, PITOT, PROM_CLIENT } from './dimension.ts';

const FRAMEWORK = 'express';
const UNINSTRUMENTED = 'uninstrumented';

export const CONNECTIONS: Dimension = {
  what: 'connections',
  sizes: [1, 8, 64, 512],
  libraries: [PITOT, UNINSTRUMENTED, PROM_CLIENT, OPENTELEMETRY],
  figures: { cpu: 'µs of CPU a request', rate: 'requests/s', p99: 'p99, ms' },
  rounds: () => 3,
  description: 'An Express 5 service on one processor, as for `node bench/http.ts`.',
  peers: ['express', PROM_CLIENT, '@opentelemetry/sdk-metrics', '@opentelemetry/instrumentation-http'],
  prepare: () => prepareHttp([FRAMEWORK]),
  async measure(contestant, connections) {
    const options = { framework: FRAMEWORK, contestant, connections, seconds: 2, warmUp: 3 };
    const report = await measureHttp(options);
    return { cpu: [cpuOf(report)], rate: [rateOf(report)], p99: [report.p99 / 1000] };
  },
};
