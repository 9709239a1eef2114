/** The same service with metrics of its team's own, recorded with prom-client's API. */
import { EventEmitter } from 'node:events';
import type { RunEvents } from './engine.ts';
import { http, recordRuns } from './prom-client-metrics.ts';
import { runService } from './run-service.ts';

const events: RunEvents = new EventEmitter();
recordRuns(events);
await runService({ events, first: http });
