import { createServer, type Server } from 'node:http';
import { metricsHandler, setRoute } from 'pitot';
import type { Models } from './models.ts';

/** The server for operators of the models, in `node:http` alone: loading, and the same metrics. */
export function createOperatorsServer(models: Models): Server {
  const metrics = metricsHandler();
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === '/metrics' || pathname === '/metrics.json') {
      metrics(request, response);
      return;
    }
    const [, name] = /^\/models\/([^/]+)\/load$/.exec(pathname) ?? [];
    if (request.method !== 'POST' || name === undefined) {
      response.writeHead(404).end();
      return;
    }
    setRoute(request, '/models/:name/load');
    response.writeHead((await models.load(name)) ? 204 : 422).end();
  });
}
