import * as Sentry from '@sentry/node';

let traced = 0;
Sentry.init({
  dsn: 'http://key@127.0.0.1:9/1',
  tracesSampleRate: 1,
  traceLifecycle: 'static',
  beforeSendTransaction({ contexts }) {
    if (contexts.trace.op === 'http.server') traced++;
    return null;
  },
});
globalThis.tracedRequests = async () => {
  await Sentry.flush(500);
  return traced;
};
