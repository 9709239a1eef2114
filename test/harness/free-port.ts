import { once } from 'node:events';
import { createServer } from 'node:net';

/** Ports of 127.0.0.1, all different, that were free a moment ago; for programs that cannot choose their own. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const addresses = servers.map((server) => server.address());
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return addresses.map((address) => {
    if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
    return address.port;
  });
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('there is no free port');
  return port;
}
