/** Sentry's detection of a blocked event loop, for stalls.ts: preloaded with --import. */
import * as Sentry from '@sentry/node';
import { eventLoopBlockIntegration } from '@sentry/node-native';

const { SENTRY_DSN, BENCH_BLOCKS, BENCH_THRESHOLD } = process.env;
const options = { threshold: Number(BENCH_THRESHOLD), maxEventsPerHour: 100 };

Sentry.init({
  dsn: SENTRY_DSN,
  integrations: BENCH_BLOCKS === 'on' ? [eventLoopBlockIntegration(options)] : [],
});
