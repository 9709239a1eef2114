import { createServer } from 'node:http';
import { handler } from './dist/server/entry.mjs';

createServer((request, response) => {
  const notFound = () => response.writeHead(404).end();
  handler(request, response, notFound, { incoming: request });
}).listen(process.env.PORT, '127.0.0.1', () => console.log('listening on the port'));
