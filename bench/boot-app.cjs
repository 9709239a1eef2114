/**
 * The service that boot.ts starts: Express 5, without a build and without anything of a benchmark in its way. When
 * it listens, it prints what it took, as JSON: milliseconds since its process began, and the milliseconds of
 * processor time that its thread has used.
 */
const firstLine = performance.now();
const firstLineCpu = cpu();
const express = require('express');

const app = express();
app.get('/memory', (_request, response) => {
  response.json(process.memoryUsage.rss());
});
const server = app.listen(0, '127.0.0.1', () => {
  const listening = performance.now();
  const { port } = server.address();
  console.log(JSON.stringify({ port, firstLine, firstLineCpu, listening, listeningCpu: cpu() }));
});

function cpu() {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
