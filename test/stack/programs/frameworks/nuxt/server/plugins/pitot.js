import { setRoute } from 'pitot';

function noteRoute(event) {
  const { page, matchedRoute } = event?.context ?? {};
  // The route of all pages is `/**`.
  const route = page ?? (matchedRoute?.path === '/**' ? undefined : matchedRoute?.path);
  if (route !== undefined) setRoute(event.node.req, route);
}

export default defineNitroPlugin(({ hooks }) => {
  hooks.hook('beforeResponse', noteRoute);
  hooks.hook('error', (_, { event }) => noteRoute(event));
});
