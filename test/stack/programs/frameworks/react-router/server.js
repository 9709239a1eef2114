import express from 'express';
import { handler } from './build/server/index.js';

const app = express().use(handler);
app.listen(process.env.PORT, '127.0.0.1', () => console.log('listening on the port'));
