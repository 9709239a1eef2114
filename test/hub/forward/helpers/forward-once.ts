import { workerData } from 'node:worker_threads';
import { createForwarders } from '../../../../src/hub/forward/forwarders.ts';
import { exportOneCounter } from './forwarding.ts';

// A thread that forwards as the hub does, once. Its data is a configuration.
for (const exporter of await createForwarders(workerData)) await exportOneCounter(exporter);
