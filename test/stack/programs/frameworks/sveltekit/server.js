import { createServer } from 'node:http';
import { handler } from './build/handler.js';

createServer(handler).listen(process.env.PORT, '127.0.0.1', () => console.log('listening on the port'));
