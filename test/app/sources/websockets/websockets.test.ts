import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Labels, select } from '../../../harness/samples.ts';
import { startService } from '../../../harness/service.ts';
import { until } from '../../../harness/until.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures');
const ATTEMPTS = 'websocket_server_connection_attempts_total';
const ENDED = 'websocket_server_connection_duration_seconds_count';
const MESSAGES = 'websocket_server_messages_total';

/** Values by route: what an application of two connections with three messages each has counted at their end. */
async function counted(t: TestContext, file: string, choice: string): Promise<Record<string, unknown>> {
  const service = await startService(t, {
    args: [join(FIXTURES, file)],
    env: { PITOT_WEBSOCKETS: choice },
  });
  let byRoute: Record<string, unknown> = {};
  const series = async (name: string, labels: Labels = {}) =>
    Object.fromEntries(
      select((await service.scrape()).samples, name, labels).map((sample) => [
        sample.labels.http_route ?? '',
        sample.value,
      ]),
    );
  return until(
    async () => {
      byRoute = await series(ENDED);
      if (Object.values(byRoute).every((ended) => ended !== 2)) return undefined;
      return {
        attempts: await series(ATTEMPTS, { websocket_outcome: 'accepted' }),
        messages: await series(MESSAGES, {
          websocket_io_direction: 'receive',
          websocket_message_type: 'text',
        }),
        ended: await series(ENDED),
      };
    },
    { what: 'two connections that ended', instead: () => `${JSON.stringify(byRoute)}\n${service.stderr}` },
  );
}

for (const file of ['sockets-import.mjs', 'sockets-require.cjs']) {
  test(`every ws server of ${file} is measured where the setting names ws, by its path`, async (t) => {
    assert.deepEqual(await counted(t, file, 'ws'), {
      attempts: { '/live': 2 },
      messages: { '/live': 6 },
      ended: { '/live': 2 },
    });
  });
}

test('a ws server that the application measures itself is not counted twice', async (t) => {
  assert.deepEqual(await counted(t, 'sockets-by-hand.mjs', 'ws'), {
    attempts: { '/by-hand': 2 },
    messages: { '/by-hand': 6 },
    ended: { '/by-hand': 2 },
  });
});

test("every Socket.IO server is measured where the setting names it, and its engine's ws server is not", async (t) => {
  const { attempts, ended } = await counted(t, 'sockets-socketio.mjs', 'ws,socket.io');
  assert.deepEqual({ attempts, ended }, { attempts: { '/socket.io': 2 }, ended: { '/socket.io': 2 } });
});
