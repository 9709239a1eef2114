const { feathers } = require('@feathersjs/feathers');
const { default: express, errorHandler, json, notFound, rest } = require('@feathersjs/express');
const { service } = require('./feathers-service.cjs');

const app = express(feathers());
app.use(json());
app.configure(rest());
app.use('messages', service);
app.use('/teams/:team/members', service);
app.get('/plain/:x', (_, response) => response.send('ok'));
app.use(notFound());
app.use(errorHandler({ logger: false }));
app.listen(0).then((server) => console.log(`listening on ${server.address().port}`));
