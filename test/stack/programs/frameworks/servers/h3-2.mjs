import { H3, HTTPError, serve } from 'h3';
import { tracingPlugin } from 'h3/tracing';

const ok = () => 'ok';
const failing = (status) => () => {
  throw new HTTPError({ status });
};
const app = new H3()
  .register(tracingPlugin())
  .get('/users/:id', ok)
  .get('/files/**', ok)
  .get('/missing/:id', failing(404))
  .get('/failing/:id', failing(500))
  .mount('/areas', new H3().get('/things/:id', ok))
  .use('/open/**', ok);
const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true });
await server.ready();
console.log(`listening on ${new URL(server.url).port}`);
