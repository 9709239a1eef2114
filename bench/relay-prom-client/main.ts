/** The relay of examples/relay with prom-client. Makes some rounds of the same traffic and prints its metrics. */
import { runTraffic } from '../../examples/relay/traffic.ts';
import { registry } from './metrics.ts';
import { startService } from './service.ts';

const token = 'bench';
const service = await startService({ port: 0, token });
const target = { url: service.url.replace('http', 'ws'), token };
const report = await runTraffic(target, { every: 10, rounds: 3, signal: new AbortController().signal });
console.log(JSON.stringify(report));
console.log(await registry.metrics());
service.close();
