import { defineNitroPlugin } from 'nitro/runtime';
import { setRoute } from 'pitot';
export default defineNitroPlugin(({ hooks }) => {
  hooks.hook('response', (_, { req: request }) => {
    const route = request.context?.matchedRoute?.route;
    if (route !== undefined) setRoute(request.runtime.node.req, route);
  });
});
