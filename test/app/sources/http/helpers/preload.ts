import { createServer } from 'node:net';
import { Recorder } from '../../../../../src/app/record/recorder.ts';
import { setRoute } from '../../../../../src/app/sources/http/measured-request.ts';
import { measureHttp } from '../../../../../src/app/sources/http/native-http.ts';
import { readerOf } from '../../../record/helpers/collect.ts';

/*
 * Measures HTTP before the application loads. The socket announced on stderr answers whoever connects
 * with all that was recorded, as JSON; it is none of `node:http`, and so not measured.
 */
const recorder = new Recorder();
const read = readerOf(recorder);
measureHttp(recorder.getMeter('test'));
Object.assign(globalThis, { setRoute });

const server = createServer(async (socket) => {
  socket.on('error', () => {});
  socket.end(JSON.stringify((await read()).flatMap(({ metrics }) => metrics)));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') console.error(`metrics on ${address?.port}`);
});
server.unref();
