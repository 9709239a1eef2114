import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import type { RunEvents } from './engine.ts';
import { createLive } from './live.ts';
import { createApp } from './routes.ts';
import { Sessions } from './sessions.ts';
import { Store } from './store.ts';

export interface Service {
  readonly url: string;
  /** Stops accepting requests, lets those in flight finish, and cleans up. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly token: string;
  /** Default: an emitter of the service's own. */
  readonly events?: RunEvents;
  /** Comes before all routes. Default: none. */
  readonly first?: RequestHandler;
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { host, port, token, events = new EventEmitter(), first } = options;
  const store = new Store();
  const sessions = new Sessions();
  const folder = await mkdtemp(join(tmpdir(), 'workflow-service-'));
  const server = createServer();
  const live = createLive(server);
  events.on('finished', live.publish);
  server.on('request', createApp({ store, sessions, folder, token, events, first }));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server listens on no port');

  return {
    url: `http://localhost:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      live.close();
      server.close();
      await closed;
      sessions.close();
      store.close();
      await rm(folder, { recursive: true });
    },
  };
}
