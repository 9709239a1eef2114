const restify = require('restify');

const server = restify.createServer();
const ok = (_, response, next) => {
  response.send('ok');
  next();
};
const failing = (status) => (_request, _response, next) =>
  next(Object.assign(new Error('failing'), { statusCode: status }));
server.get('/users/:id', ok);
server.post('/users/:id', ok);
server.get('/missing/:id', failing(404));
server.get('/failing/:id', failing(500));
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
