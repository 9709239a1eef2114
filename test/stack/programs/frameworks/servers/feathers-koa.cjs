const { feathers } = require('@feathersjs/feathers');
const { bodyParser, errorHandler, koa, rest } = require('@feathersjs/koa');
const { service } = require('./feathers-service.cjs');

const app = koa(feathers());
app.use(errorHandler());
app.use(bodyParser());
app.configure(rest());
app.use('messages', service);
app.use('/teams/:team/members', service);
app.listen(0).then((server) => console.log(`listening on ${server.address().port}`));
