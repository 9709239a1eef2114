// Answers on one port, which all its processes share, and ends when it has answered what it was asked.
import { createServer } from 'node:http';
import { metrics } from '@opentelemetry/api';

const jobs = metrics.getMeter('app').createCounter('jobs');
const server = createServer((_, response) => {
  jobs.add(1);
  response.end('ok');
});
// Outside a cluster the kernel shares the port out.
server.listen({
  port: Number(process.env.APP_PORT),
  host: '127.0.0.1',
  reusePort: process.env.exec_mode === 'fork_mode',
});
process.on('SIGINT', () => server.close(() => process.exit(0)));
