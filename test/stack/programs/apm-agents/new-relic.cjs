let traced = 0;
const { agent } = require('newrelic');

agent.on('transactionFinished', ({ type }) => {
  if (type === 'web') traced++;
});
globalThis.tracedRequests = () => traced;
