let traced = 0;
const tracer = require('dd-trace').init({ startupLogs: false, url: process.env.COLLECTOR });

tracer.use('http', { client: false, server: { hooks: { request: () => traced++ } } });
globalThis.tracedRequests = () => traced;
