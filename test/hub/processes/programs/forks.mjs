// Forks itself; parent and child count.
import { fork } from 'node:child_process';
import { metrics } from '@opentelemetry/api';

metrics.getMeter('app').createCounter('jobs').add(1, { kind: 'a' });
if (process.argv[2] !== 'child') fork(import.meta.filename, ['child']);
setInterval(() => {}, 1000);
