import type { ServerResponse } from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import type { RPCMetadata } from '@opentelemetry/core';
import { activeContext } from '../../opentelemetry/shared-api.ts';
import type { Source } from '../source.ts';
import { ensureContextManager } from './context-manager.ts';
import { settledRoute } from './express-route.ts';
import { officialPackages } from './packages.ts';

/**
 * HTTP/1 servers and clients of `node:http` and `node:https`, by the official instrumentation:
 * `http.server.request.duration` and `http.client.request.duration`. It does not see `fetch`.
 */
export const http: Source = {
  name: 'http',
  packages: [],
  start(meterProvider) {
    const require = createRequire(process.execPath);
    const { AsyncLocalStorageContextManager, getRPCMetadata, HttpInstrumentation } = officialPackages();

    let contextIsReady = false;
    const instrumentation = new HttpInstrumentation({
      // A framework passes its route in the context of the request, which needs a context manager. The
      // first request sets it up and no earlier, so that the application has its whole start to register
      // another. Only this hook runs before the instrumentation enters the request's context.
      ignoreIncomingRequestHook: () => {
        if (!contextIsReady) {
          ensureContextManager(AsyncLocalStorageContextManager);
          contextIsReady = true;
        }
        return false;
      },
      // Runs when a request begins, in its context, before the instrumentation itself listens for the
      // response's end. Only a server's response has `assignSocket`; a client's has not.
      responseHook: (_span, response) => {
        const metadata = getRPCMetadata(activeContext());
        if (metadata === undefined || !('assignSocket' in response)) return;
        response.on('close', () => settleRoute(metadata, response));
      },
    });
    instrumentation.setMeterProvider(meterProvider);

    // Requiring a built-in module patches it in place. Doing so now and synchronising the ES modules also
    // reaches named imports, even in modules that were loaded earlier.
    require('node:http');
    require('node:https');
    syncBuiltinESMExports();

    return () => {
      instrumentation.disable();
      syncBuiltinESMExports();
    };
  },
};

function settleRoute(metadata: RPCMetadata, response: ServerResponse): void {
  const route = settledRoute(metadata.route, response.req, response.statusCode);
  if (route === undefined) delete metadata.route;
  else metadata.route = route;
}
