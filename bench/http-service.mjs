/**
 * The service that http.ts sends requests to: `node http-service.mjs <framework> <contestant>`, in a process
 * of its own. It says on stdout when it listens on PORT; what the contestant has recorded is served on
 * METRICS_PORT. What is measured from outside of the application is set up by `--import`, before this file.
 */
import { createServer } from 'node:http';
import express from 'express';
import promBundle from 'express-prom-bundle';

const [, , framework = '', contestant = ''] = process.argv;
/** The same code with any of the libraries: that is what a changed import does. */
const CLIENTS = {
  'pitot/prom-client': '../dist/prom-client.js',
  '@prometheus-io/client': '@prometheus-io/client',
};
const { default: promClient } = await import(CLIENTS[contestant] ?? 'prom-client');

const PATH = '/users/';
/** The bounds of the semantic conventions, which pitot and OpenTelemetry have by default. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** A service of one route with a parameter, that answers JSON. */
const frameworks = {
  express: (contestant) => {
    const app = express();
    middlewares[contestant]?.(app);
    app.get(`${PATH}:id`, (request, response) => {
      response.json(userOf(request.params.id));
    });
    return app;
  },
  'node:http': (contestant) => {
    const respond = (request, response) => {
      const body = JSON.stringify(userOf(request.url.slice(PATH.length)));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      response.writeHead(200, headers).end(body);
    };
    return contestant === 'prom-client' ? timed(respond) : respond;
  },
};

/** What an application adds to itself, before its routes. */
const middlewares = {
  'prom-client': (app) => {
    app.use(promClientMiddleware());
  },
  'pitot/prom-client': (app) => {
    app.use(promClientMiddleware());
  },
  '@prometheus-io/client': (app) => {
    app.use(promClientMiddleware());
  },
  'express-prom-bundle': (app) => {
    serveRegistry();
    // The route for its path, as its README shows ("return express route definition").
    const normalizePath = (request) => request.route?.path ?? 'NULL';
    app.use(
      promBundle({
        includeMethod: true,
        includePath: true,
        autoregister: false,
        buckets,
        normalizePath,
        promClient: { collectDefaultMetrics: {} },
      }),
    );
  },
};

function userOf(id) {
  return { id, name: 'Ada Lovelace', roles: ['author', 'reader'] };
}

/** A timer around each request, as prom-client's README has it ("Histogram", `startTimer`). */
function promClientMiddleware() {
  const histogram = durations(['method', 'route', 'status_code']);
  return (request, response, next) => {
    const end = histogram.startTimer();
    response.on('finish', () => {
      end({ method: request.method, route: request.route?.path, status_code: response.statusCode });
    });
    next();
  };
}

/** The same without a framework, where there are no routes. */
function timed(respond) {
  const histogram = durations(['method', 'status_code']);
  return (request, response) => {
    const end = histogram.startTimer();
    response.on('finish', () => end({ method: request.method, status_code: response.statusCode }));
    respond(request, response);
  };
}

function durations(labelNames) {
  serveRegistry();
  promClient.collectDefaultMetrics();
  const help = 'Duration of HTTP requests.';
  return new promClient.Histogram({ name: 'http_request_duration_seconds', help, labelNames, buckets });
}

function serveRegistry() {
  const server = createServer((_, response) => {
    void promClient.register.metrics().then((body) => {
      response.setHeader('content-type', promClient.register.contentType);
      response.end(body);
    });
  });
  server.listen(Number(process.env.METRICS_PORT), '127.0.0.1');
}

const listener = frameworks[framework]?.(contestant);
if (listener === undefined) throw new Error(`there are ${Object.keys(frameworks).join(', ')}`);
createServer(listener).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
