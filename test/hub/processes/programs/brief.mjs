// Counts in many series and ends, as a job of a few moments does.
import { metrics } from '@opentelemetry/api';

const meter = metrics.getMeter('app');
for (const name of ['read', 'parsed', 'written']) {
  const counter = meter.createCounter(name);
  for (let i = 0; i < 1900; i++) counter.add(1, { 'job.part': `a part with the number ${i}` });
}
