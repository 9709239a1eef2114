// A cluster of as many workers as it is told: each answers on one shared port and counts its requests.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';

if (cluster.isPrimary) {
  let listening = 0;
  const workers = Number(process.argv[2]);
  cluster.on('listening', (_, { port }) => {
    if (++listening === workers) console.log(`listening on ${port}`);
  });
  // A worker that dies is replaced, as a supervisor would.
  cluster.on('exit', () => cluster.fork());
  for (let i = 0; i < workers; i++) cluster.fork();
} else {
  const requests = metrics.getMeter('app').createCounter('jobs');
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    requests.add(1, { kind: 'a' });
    response.end(String(process.pid), () => {
      if (pathname === '/die') process.kill(process.pid, 'SIGKILL');
      if (pathname === '/exit') process.exit(1);
    });
  });
  // The port that the first worker gets, all get.
  server.listen(0, '127.0.0.1');
}
