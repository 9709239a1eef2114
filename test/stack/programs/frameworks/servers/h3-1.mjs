import { createServer } from 'node:http';
import { createApp, createError, createRouter, defineEventHandler, toNodeListener } from 'h3-1';
import { setRoute } from 'pitot';

function noteRoute(event) {
  const { matchedRoute } = event.context;
  if (matchedRoute !== undefined) setRoute(event.node.req, matchedRoute.path);
}

const app = createApp({ onBeforeResponse: noteRoute, onError: (_, event) => noteRoute(event) });
const ok = defineEventHandler(() => 'ok');
const failing = (status) =>
  defineEventHandler(() => {
    throw createError({ status });
  });
app.use(
  createRouter()
    .get('/users/:id', ok)
    .get('/files/**', ok)
    .get('/missing/:id', failing(404))
    .get('/failing/:id', failing(500)),
);
const server = createServer(toNodeListener(app));
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
