import { database } from 'pitot/instruments';
import { createClient } from 'redis';

/** Remembers texts. Without its server it remembers nothing, and the service goes on. */
export interface Cache {
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  close(): void;
}

/** Redis, or memory of this process without a URL. pitot measures Redis' operations; its state is told here. */
export async function openCache(url: string | undefined): Promise<Cache> {
  if (url === undefined) return inMemory();
  const status = database.client({ system: 'redis', state: 'connecting' });
  // Without the queue an operation fails at once while Redis is gone, and does not wait for it.
  const client = createClient({ url, disableOfflineQueue: true });
  client.on('ready', () => status.set('connected'));
  client.on('error', () => status.set('disconnected'));
  await client.connect();
  return {
    get: (key) => client.get(key).catch(() => null),
    set: async (key, value) => void (await client.set(key, value, { EX: 600 }).catch(() => null)),
    delete: async (key) => void (await client.del(key).catch(() => 0)),
    close: () => {
      status.set('closed');
      client.destroy();
    },
  };
}

function inMemory(): Cache {
  const entries = new Map<string, string>();
  return {
    get: async (key) => entries.get(key) ?? null,
    set: async (key, value) => void entries.set(key, value),
    delete: async (key) => void entries.delete(key),
    close: () => entries.clear(),
  };
}
