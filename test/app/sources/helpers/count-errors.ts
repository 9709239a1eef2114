import { writeSync } from 'node:fs';
import { createNoopMeter } from '@opentelemetry/api';
import { errors } from '../../../../src/app/sources/errors.ts';

/*
 * Starts the source `errors`. It writes its counts to file descriptor 3 at once, since the process may
 * be about to end.
 */
const meter = createNoopMeter();
meter.createCounter = (name) => ({
  add: (value, attributes) => void writeSync(3, `${JSON.stringify({ name, value, ...attributes })}\n`),
});
const stop = errors.start({ getMeter: () => meter });
if (process.env.STOP !== undefined) stop();
