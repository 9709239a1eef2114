import { once } from 'node:events';
import { connect } from 'node:net';

/** Sends so many requests in all over persistent connections, each when the one before is answered. */
export async function send(url: string, requests: number, connections: number): Promise<void> {
  const { hostname, port, host, pathname } = new URL(url);
  const request = `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  let left = requests;
  const one = async () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    /** Bytes of a response; all are alike. */
    let length: number | undefined;
    let received = 0;
    const next = () => {
      received = 0;
      if (left-- > 0) socket.write(request);
      else socket.end();
    };
    socket.on('data', (chunk: Buffer) => {
      length ??= lengthOf(chunk.toString('latin1'));
      received += chunk.length;
      if (received === length) next();
      else if (received > length) socket.destroy(new Error(`a response of ${received} bytes, not ${length}`));
    });
    next();
    await once(socket, 'close');
  };
  await Promise.all(Array.from({ length: connections }, one));
}

/** The length of a response, by its first piece. */
function lengthOf(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  const body = /^content-length: (\d+)\r$/im.exec(text)?.[1];
  if (head === -1 || body === undefined || !text.startsWith('HTTP/1.1 200 ')) {
    throw new Error(`expected a response with its length: ${text}`);
  }
  return head + 4 + Number(body);
}
