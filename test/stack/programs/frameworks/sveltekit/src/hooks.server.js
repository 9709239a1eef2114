import { setRoute } from 'pitot';
export function handle({ event, resolve }) {
  if (event.route.id !== null) setRoute(event.platform.req, event.route.id);
  return resolve(event);
}
