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
    const require = createRequire(import.meta.url);
    const { AsyncLocalStorageContextManager, getRPCMetadata, HttpInstrumentation } = officialPackages();

    let contextIsReady = false;
    const instrumentation = new HttpInstrumentation({
      // A framework hands its route over in the context of the request. The context manager that needs
      // is set up by the first request and no earlier, so that the application has all of its own start
      // to register another. This is the one hook that runs before the request's context is entered.
      ignoreIncomingRequestHook: () => {
        if (!contextIsReady) {
          ensureContextManager(AsyncLocalStorageContextManager);
          contextIsReady = true;
        }
        return false;
      },
      // Called when a request begins, in its context, and before the instrumentation listens for the
      // response's end itself. Of the two kinds of response only a server's has a socket to assign.
      responseHook: (_span, response) => {
        const metadata = getRPCMetadata(activeContext());
        if (metadata === undefined || !('assignSocket' in response)) return;
        response.on('close', () => settleRoute(metadata, response));
      },
    });
    instrumentation.setMeterProvider(meterProvider);

    // Built-in modules are patched in place when they are required. Doing that now and telling the ES
    // modules of it reaches named imports too, and those of modules that were loaded before.
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
