const polka = require('polka');

const ok = (_, response) => response.end('ok');
const deepest = polka().get('/leaf/:x', ok);
const inner = polka().get('/things/:id', ok).get('/', ok).use('deep', deepest);
const app = polka()
  .get('/users/:id', ok)
  .get('/files/*', ok)
  .get('missing/:id', (_, response) => {
    response.statusCode = 404;
    response.end();
  })
  .get('/failing/:id', (_request, _response, next) => next(new Error('failing')))
  .use('/areas', inner)
  .use('/open', ok);
app.listen(0, '127.0.0.1', () => console.log(`listening on ${app.server.address().port}`));
