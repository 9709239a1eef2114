import { listenTo } from './channels.ts';
import { measuredRequestOf } from './measured-request.ts';

/** The parts of Fastify that pitot uses. (Fastify 4 and 5, documentation, "Hooks" and "Request") */
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
 * Learns the routes of Fastify. Each new instance announces itself, and pitot adds a hook that runs before the
 * application's hooks. So a request that one of those hooks ends has a route too.
 */
export function watchFastify(): () => void {
  return listenTo({ [INITIALIZATION]: addHook });
}

function addHook(message: unknown): void {
  (message as { fastify: FastifyInstance }).fastify.addHook('onRequest', remember);
}

/** Keeps only a reference, because Fastify builds the options of a route again for each reader. */
function remember(request: FastifyRequest, _reply: unknown, done: () => void): void {
  const measured = measuredRequestOf(request.raw);
  if (measured !== undefined) {
    measured.framework = request;
    measured.readRoute = fastifyRoute;
  }
  done();
}

/** The template of the route, with its prefixes; `undefined` if none matched. */
function fastifyRoute(request: object): string | undefined {
  return (request as FastifyRequest).routeOptions?.url;
}
