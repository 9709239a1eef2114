import { listenTo } from './channels.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The parts of Fastify that are used. (Fastify 4 and 5, documentation, "Hooks" and "Request") */
interface FastifyInstance {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequest, reply: unknown, done: () => void) => void,
  ): unknown;
}

interface FastifyRequest {
  readonly raw: object;
  readonly routeOptions?: { readonly url?: string };
}

const INITIALIZATION = 'fastify.initialization';

/**
 * Learns the routes of Fastify: each instance announces itself when it is made, and gets a hook that is
 * the first to see a request, so that a request which a hook of the application's ends has a route too.
 */
export function watchFastify(): () => void {
  return listenTo({ [INITIALIZATION]: addHook });
}

function addHook(message: unknown): void {
  (message as { fastify: FastifyInstance }).fastify.addHook('onRequest', remember);
}

/** Only a reference is kept: the options of a route are an object that Fastify makes when it is asked. */
function remember(request: FastifyRequest, _reply: unknown, done: () => void): void {
  const measured = measuredRequestOf(request.raw);
  if (measured !== undefined) measured.framework = request;
  done();
}

/** The template of the route, with its prefixes; `undefined` where none matched. */
export function fastifyRoute(request: object): string | undefined {
  return (request as FastifyRequest).routeOptions?.url;
}
